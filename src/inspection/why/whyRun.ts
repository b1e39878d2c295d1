import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { type ParkReason, UnknownWorkflow } from "../../actor/errors.ts"
import { adoptedKey } from "../../actor/history/entry.ts"
import type { Head } from "../../actor/history/head.ts"
import { messageKey } from "../../actor/history/message.ts"
import { toldText } from "../../actor/values/sealed.ts"
import { StepMarks } from "../../store/beside/stepMarks.ts"
import { withPlacesInLine } from "../../store/limits/placesInLine.ts"
import { retriesIn } from "../../store/reading/queuedStep.ts"
import { type WaitingForStep, waitingFor } from "../../store/reading/waitingFor.ts"
import { RunTable } from "../../store/runTable.ts"
import { comparisonOf } from "../comparison/compareRun.ts"
import { type Code, replayRun, workflowOf } from "../replay/replayRun.ts"
import { readHistory, type StoredHistory } from "../replay/storedHistory.ts"
import type { Why, WhyWait } from "../shapes/why.ts"
import { whyEnded } from "./ended.ts"
import { type Told, whyParked } from "./parked.ts"
import { whyPaused } from "./paused.ts"
import { whyStep } from "./steps.ts"
import { type WaitFacts, whyOther } from "./waits.ts"
import { commandLine, lengthText, listText, momentText } from "./words.ts"

export interface WhyOptions extends Code {
  /** Default: the newest. */
  readonly generation?: number
  /** How many runs deep it looks at those that are waited for. Default 5. */
  readonly depth?: number
}

/**
 * Why a run stands where it stands, in sentences, and what to do. Told is what its table knows (on SQLite its queue as well); guesses are
 * said to be some. With code (`workflows`, `steps`) also whether that code would go on with it.
 *
 * Fails with `RunNotFound`, `StoreUnavailable` or `StoreRefused`.
 *
 * @example
 * const { sentences, todo } = yield* whyRun("order-17")
 */
export const whyRun = (runId: string, options: WhyOptions = {}) => look(runId, options, new Set())

type Looked = Effect.Effect<
  Why,
  Effect.Error<ReturnType<typeof readHistory>> | Effect.Error<ReturnType<typeof replayRun>>,
  Effect.Services<ReturnType<typeof readHistory>> | Effect.Services<ReturnType<typeof replayRun>>
>

const look = (runId: string, options: WhyOptions, seen: Set<string>): Looked =>
  Effect.gen(function* () {
    seen.add(runId)
    const history = yield* readHistory(runId, options.generation)
    const now = yield* Clock.currentTimeMillis
    const told = yield* tell(history, options, seen, now)
    const waits = "waits" in told ? told.waits : []
    const { generation, head, start } = history
    return {
      runId,
      generation,
      workflow: start.workflow,
      definitionVersion: start.definitionVersion,
      status: head?.status ?? (generation === 0 ? "accepted" : "running"),
      sentences: [...told.sentences, ...waits.map(({ sentence }) => sentence)],
      waits,
      todo: [...new Set([...told.todo, ...waits.flatMap(({ todo }) => (todo === undefined ? [] : [todo]))])],
      causes: [...new Set([...told.causes, ...waits.map(({ cause }) => cause)])]
    }
  })

interface Found {
  readonly sentences: ReadonlyArray<string>
  readonly todo: ReadonlyArray<string>
  readonly causes: Why["causes"]
  readonly waits?: ReadonlyArray<WhyWait>
}

const plain = ({ cause, sentences, todo }: Told): Found => ({ causes: [cause], sentences, todo })

const tell = Effect.fnUntraced(function* (history: StoredHistory, options: WhyOptions, seen: Set<string>, now: number) {
  const { head, runId } = history
  if (head === undefined) return notTurned(history, options, now)
  if (head.outcome !== undefined) return plain(whyEnded(runId, head, head.outcome, now))
  if (head.status === "paused" && head.paused !== undefined) return plain(whyPaused(history, head.paused, now))
  const code = yield* againstCode(history, options)
  if (head.status === "parked" && head.parked !== undefined) {
    const parked = whyParked(runId, head.parked)
    // That the code replays says nothing where it was not the code for which it was parked.
    const { sentences, todo } = isOfCode(head.parked) ? code : nothing
    return {
      causes: [parked.cause],
      sentences: [...parked.sentences, ...sentences],
      todo: [...todo, ...parked.todo]
    } satisfies Found
  }
  const waits = yield* waitsOf(history, head, options, seen, now)
  const late = lagging(history, now)
  const cancelling = cancellingOf(history, now)
  return {
    causes: [...code.causes, ...cancelling.causes, ...late.causes],
    sentences: [
      `It goes on: ${history.order.length} messages so far, the last at ${momentText(head.updatedAt, now)}.`,
      ...code.sentences,
      ...cancelling.sentences,
      ...late.sentences
    ],
    todo: [...code.todo, ...late.todo],
    waits
  } satisfies Found
})

/** Another code may go on where this one could not. */
const isOfCode = ({ _tag }: ParkReason): boolean => _tag !== "WriteRefused" && _tag !== "HistoryTooLong"

const nothing: Found = { causes: [], sentences: [], todo: [] }

/** Started, and nobody has turned it. */
const notTurned = (history: StoredHistory, options: Code, now: number): Found => {
  const { start } = history
  const waitsMs = now - start.at
  const since = `It was started at ${momentText(start.at, now)}, and no turn of it has been taken.`
  if (waitsMs < soonMs)
    return { causes: ["notTurned"], sentences: [since, "A host takes it up within a moment."], todo: [] }
  const known = options.workflows === undefined ? undefined : workflowOf(history, options)
  const unknown = known instanceof UnknownWorkflow ? [`The code at hand has none for it: ${known.message}.`] : []
  return {
    causes: unknown.length === 0 ? ["notTurned"] : ["notTurned", "unknownWorkflow"],
    sentences: [since, ...unknown],
    todo: [
      `Start a host with workflow ${start.workflow}, version ${start.definitionVersion}, on this store. If one is running: see whether the table's stream is on and read (${commandLine("doctor")}); ${commandLine("sweep", "--look-through")} finds runs whose start nobody was told of.`
    ]
  }
}

/** What comes is turned within milliseconds where a host is. */
const soonMs = 5_000

/** Rows that have come and that nobody has adopted. */
const unadoptedOf = ({ messages, order }: StoredHistory) => {
  const adopted = new Set(order.map(adoptedKey))
  return [...messages.values()].filter((message) => {
    // An inline outcome of a turn that lost its race may stay for ever; a timer may be put ahead of its time.
    if (message.kind === "step" && message.inline === true) return false
    return !adopted.has(messageKey(message))
  })
}

const lagging = (history: StoredHistory, now: number): Found => {
  const rows = unadoptedOf(history).filter((row) => row.kind !== "callback" && (row.kind !== "timer" || row.due <= now))
  const oldest = Math.min(...rows.map(({ at }) => at))
  if (rows.length === 0 || now - oldest < soonMs) return nothing
  const keys = listText(rows.map(messageKey), 3)
  const many = rows.length === 1 ? "One message has" : `${rows.length} messages have`
  return {
    causes: ["lagging"],
    sentences: [
      `${many} come (${keys}) and no turn has taken ${rows.length === 1 ? "it" : "them"}, for ${lengthText(now - oldest)}.`
    ],
    todo: [
      `See whether a host is running on this store; on AWS, whether the stream's event source is on and how far it is behind (${commandLine("doctor")}). ${commandLine("sweep")} turns what lies still.`
    ]
  }
}

const cancellingOf = ({ head, messages, order }: StoredHistory, now: number): Found => {
  const cancel = messages.get("cancel")
  if (cancel?.kind !== "cancel" || !order.some((entry) => adoptedKey(entry) === "cancel")) return nothing
  const reason = cancel.reason === null ? "" : ` (${toldText(cancel.reason)})`
  const what =
    (head?.open.length ?? 0) > 0
      ? "What is left runs still: compensations, finalizers, or what nothing may interrupt."
      : "It is not through yet."
  return {
    causes: ["cancelling"],
    sentences: [`It was asked to cancel${reason} at ${momentText(cancel.at, now)}. ${what}`],
    todo: []
  }
}

/** Would the code at hand go on with it? Nothing where there is no code. */
const againstCode = Effect.fnUntraced(function* (history: StoredHistory, code: Code) {
  if (code.workflows === undefined) return nothing
  const replayed = yield* replayRun(history, code)
  const { divergence, verdict } = comparisonOf(history, replayed)
  const isParked = history.head?.status === "parked"
  if (verdict !== "diverges" || divergence === undefined)
    return isParked
      ? ({
          causes: [],
          sentences: ["The code at hand goes on with it."],
          todo: [`Deploy the code at hand, and let it be tried again: ${commandLine("sweep")}`]
        } satisfies Found)
      : nothing
  if (isParked) return { ...nothing, sentences: ["The code at hand does not go on with it either."] } satisfies Found
  const unknown = divergence.reason === "UnknownWorkflow"
  return {
    causes: [unknown ? "unknownWorkflow" : "diverged"],
    sentences: [`The code at hand would not go on with it: ${divergence.message}`],
    todo: [divergence.advice]
  } satisfies Found
})

const waitsOf = Effect.fnUntraced(function* (
  history: StoredHistory,
  head: Head,
  options: WhyOptions,
  seen: Set<string>,
  now: number
) {
  const { address, runId } = history
  const table = yield* RunTable
  const marks = Option.getOrUndefined(yield* Effect.serviceOption(StepMarks))
  const hasSteps = head.open.some(({ kind }) => kind === "step")
  const queued = hasSteps && table.stepsQueued !== undefined ? yield* table.stepsQueued(address) : undefined
  // Who sees all messages has seen those, too.
  const retries =
    queued !== undefined ? retriesIn(queued, now) : hasSteps ? yield* table.stepRetries(address) : undefined
  const unadopted = new Set(unadoptedOf(history).map(messageKey))
  const facts: WaitFacts = { runId, now, unadopted }
  const stepOf = Effect.fnUntraced(function* (wait: WaitingForStep) {
    return whyStep({
      wait,
      queued: queued?.find(({ key }) => key === wait.key),
      canLook: queued !== undefined,
      mark: marks === undefined ? undefined : yield* marks.read(address, wait.key),
      hasAnswer: unadopted.has(`step/${wait.key}`),
      isKnown: options.steps === undefined ? undefined : isKnownStep(wait.name, options),
      now
    })
  })
  const all = yield* withPlacesInLine(address, waitingFor(address, head, retries))
  return yield* Effect.forEach(all.slice(0, mostWaits), (wait) => {
    switch (wait.kind) {
      case "step":
        return stepOf(wait)
      case "child":
      case "run":
        return whyOfRun(wait, unadopted, options, seen)
      default:
        return Effect.succeed(whyOther(wait, facts))
    }
  })
})

/** As many as a person reads. */
const mostWaits = 50

/** Those of the runtime's own every host has. */
const isKnownStep = (name: string, { steps = [] }: Code): boolean =>
  name.startsWith("dynactor.") || steps.some(({ stepName }) => stepName === name)

type OfRun = Extract<ReturnType<typeof waitingFor>[number], { readonly kind: "child" | "run" }>

const whyOfRun = Effect.fnUntraced(function* (
  wait: OfRun,
  unadopted: ReadonlySet<string>,
  options: WhyOptions,
  seen: Set<string>
) {
  const { kind, runId, workflow } = wait
  const key = kind === "child" ? wait.key : `@${workflow}:${runId}`
  const what = kind === "child" ? `child run ${runId} of ${workflow}` : `the end of run ${runId} of ${workflow}`
  const plain: WhyWait = { cause: kind, key, runId, sentence: `It waits for ${what}.` }
  if (unadopted.has(`child/${key}`))
    return {
      ...plain,
      cause: "lagging",
      sentence: `It waits for ${what}, which has ended: no turn has taken that over yet.`
    } satisfies WhyWait
  const { depth = 5 } = options
  if (depth === 0 || seen.has(runId)) return plain
  const { generation: _, ...below } = options
  const found = yield* Effect.result(look(runId, { ...below, depth: depth - 1 }, seen))
  if (found._tag === "Failure") {
    if (found.failure._tag !== "RunNotFound") return yield* Effect.fail(found.failure)
    return {
      ...plain,
      sentence: `It waits for ${what}, which is not there yet.`,
      todo: "A turn of this run starts it: if it stays away, the sweeper makes sure of it."
    } satisfies WhyWait
  }
  const { sentences, status, todo } = found.success
  const first = todo[0]
  return {
    ...plain,
    sentence: `It waits for ${what}, which is ${status}.`,
    because: sentences,
    todo: first === undefined ? `${commandLine("why", runId)} tells more of it.` : `For ${runId}: ${first}`
  } satisfies WhyWait
})
