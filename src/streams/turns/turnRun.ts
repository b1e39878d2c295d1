import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { isLimiter } from "../../actor/calls/limits/limitNames.ts"
import type { ParkReason } from "../../actor/errors.ts"
import { isForRuntime } from "../../actor/history/continuation.ts"
import { isEnded, isMoved, manyMessages } from "../../actor/history/head.ts"
import { isCancelling, type Message, messageKey, type StartMessage } from "../../actor/history/message.ts"
import type { Parts } from "../../actor/runtime/parts.ts"
import type { OutputChunks } from "../../store/beside/outputChunks.ts"
import type { Replies } from "../../store/beside/replies.ts"
import { Commits } from "../../store/commits.ts"
import { currentMillis } from "../../store/currentMillis.ts"
import type { StoreRefused, StoreUnavailable } from "../../store/errors.ts"
import type { Payloads } from "../../store/payloads.ts"
import { byArrival } from "../../store/reading/byArrival.ts"
import { isWhole, resolveMessage } from "../../store/reading/resolveMessage.ts"
import { RunTable } from "../../store/runTable.ts"
import { StepQueue } from "../../store/stepQueue.ts"
import { buildCommit } from "../commits/buildCommit.ts"
import { answerConflict, putNoticesAgain } from "../commits/notices.ts"
import { appendAgain, lackingOutput } from "../commits/outputAgain.ts"
import { putRepliesAgain } from "../commits/replies.ts"
import { wakeForEnd } from "../commits/wakeForEnd.ts"
import type { SystemServices } from "../steps/systemSteps.ts"
import type { StepUnderWay } from "../steps/underWay.ts"
import { handedOut, withAnswers, withPrevious } from "./arrival.ts"
import { takeDecisions } from "./decisions/takeDecisions.ts"
import { takeRepair } from "./decisions/takeRepair.ts"
import { deletedTurn } from "./ended/deletedTurn.ts"
import { finishedTurn, isStillForIt, settleFinished } from "./ended/finishedTurn.ts"
import { deliverEarly, runInline } from "./inlineSteps.ts"
import { tooLong } from "./limits/tooLong.ts"
import { type LoadedRun, loadRun } from "./loadRun.ts"
import { askAgain } from "./moved/askAgain.ts"
import { leaveToOthers, park, parkRefused, putRows } from "./parkRun.ts"
import { countEnd, tellEnd, tellFailedUpdates, tellLength } from "./tellEnd.ts"
import { TurnTelling } from "./telling/turnTelling.ts"
import { storedHead, type WarmRun } from "./warmRun.ts"
import { isRung, type TurnEnd, type TurnOptions, type Work } from "./work.ts"
import { tellOutput } from "./workflowLog.ts"

type Requirements = RunTable | Commits | StepQueue | Payloads | Replies | OutputChunks | SystemServices

/**
 * One attempt at a turn. `again`: another turn was first, or a row in hand was not the first of its key; nothing of ours has
 * taken effect but rows, and the next attempt begins from the table. `StoreRefused`: a row in hand is none that the store takes.
 */
export const turnRun = (
  runId: string,
  work: Work,
  options: TurnOptions
): Effect.Effect<TurnEnd, StoreUnavailable | StoreRefused, Requirements> =>
  Effect.catchCause(turnOnce(runId, work, options), (cause) => {
    // A turn that did not come to its end leaves an actor that has seen what the table has not.
    options.warm.evict(runId)
    const refused = Option.getOrUndefined(Cause.findErrorOption(cause))
    // The start rings, and a turn that stands on it meets with the same.
    if (refused?._tag === "StoreRefused" && work.begins !== undefined) return Effect.succeed("settled" as const)
    return refused?._tag === "StoreRefused"
      ? parkRefused(runId, refused, work, options)
      : Effect.failCause(cause as Cause.Cause<StoreUnavailable>)
  })

const turnOnce = Effect.fnUntraced(function* (runId: string, work: Work, options: TurnOptions) {
  const { warm } = options
  if (work.doorbells.some(isForRuntime)) warm.evict(runId)
  const known = warm.get(runId)
  if (known === undefined && warm.isFinished(runId) && !isStillForIt(work)) return yield* settleFinished(work)
  const { begins } = work
  // Somebody has put a start of that id before, and what it needs was seen to.
  if (begins !== undefined && known !== undefined) return "settled" as const
  const begunAt = Context.get(options.services, Clock.Clock).currentTimeNanosUnsafe()
  const loaded: LoadedRun =
    known === undefined
      ? yield* loadRun(runId, options, begins)
      : { _tag: "Ready", run: known, unread: isRung(work) ? yield* readRung(runId, known, work) : [] }
  if (begins !== undefined && loaded._tag !== "Ready") {
    options.early?.leave(begins)
    return "settled" as const
  }
  switch (loaded._tag) {
    case "NotStarted":
      return yield* putRows(runId, work)
    case "Finished":
      return yield* finishedTurn(runId, loaded, work, options)
    case "Decided":
      return yield* takeDecisions(runId, loaded, work, options)
    case "Deleted":
      options.warm.evict(runId)
      return yield* deletedTurn(runId, loaded, work)
    case "Repaired":
      return yield* takeRepair(runId, loaded, work, options)
    case "Paused":
      return yield* putRows(runId, work, loaded.head.version)
    case "Parked":
      if (loaded.reason._tag === "UnknownWorkflow" && loaded.head?.status === "running") {
        return yield* leaveToOthers(runId, loaded.movedAt, work, options)
      }
      return yield* park(runId, loaded.head, loaded.start, loaded.reason, work, options)
    case "Ready": {
      if (loaded.copied !== undefined) work.rows = [...loaded.copied, ...work.rows]
      if (known === undefined) {
        warm.keep(runId, loaded.run)
        // It stands where its head does, which another host may have written.
        stopUnwanted(loaded.run, options)
      }
      const end = yield* toldTurn(runId, loaded, work, options, known === undefined, begunAt)
      warm.weigh(runId, loaded.run)
      return end
    }
  }
})

/** Counted, and a span where there is a tracer. A part of the generator that calls it. */
function* toldTurn(
  runId: string,
  { run, unread }: Extract<LoadedRun, { readonly _tag: "Ready" }>,
  work: Work,
  options: TurnOptions,
  isCold: boolean,
  begunAt: bigint
) {
  const telling = new TurnTelling({
    services: options.services,
    tracer: options.output?.tracer,
    actor: run.actor,
    origin: isCold ? (run.head === undefined ? "new" : "replayed") : "warm",
    rows: unread.length === 0 ? work.rows : [...unread, ...work.rows],
    adopted: run.head?.adopted ?? 0,
    begunAt
  })
  if (telling.span !== undefined)
    return yield* telling.within(
      telling.span,
      Effect.gen(() => advanceRun(runId, run, unread, work, options, isCold, telling))
    )
  const end = yield* advanceRun(runId, run, unread, work, options, isCold, telling)
  telling.count()
  return end
}

/** A part of the generator that calls it, as those below are: a turn is made of few Effects, for each costs as much as a small workflow's code. */
function* advanceRun(
  runId: string,
  run: WarmRun,
  unread: ReadonlyArray<Message>,
  work: Work,
  options: TurnOptions,
  isCold: boolean,
  telling: TurnTelling
) {
  const { warm, guard } = options
  const { actor } = run
  const now = yield* currentMillis
  if (run.noticesUncertain) {
    const reason = yield* makeGood(runId, run)
    if (reason !== undefined)
      return yield* park(runId, storedHead(run), actor.start as StartMessage, reason, work, options)
    run.noticesUncertain = false
  }
  let ready: ReadonlyArray<Message> = work.rows
  if (unread.length > 0) {
    // They are acted on before any replay.
    if (unread.some((row) => isForRuntime(messageKey(row)))) {
      warm.evict(runId)
      return "again" as const
    }
    ready = [...(yield* withPrevious(runId, actor, unread)), ...work.rows]
  }
  if (!isCold && ready.some(({ kind }) => kind === "timer")) ready = yield* withAnswers(runId, actor, ready)
  const inHand = ready
  if (!ready.every((message) => isPlain(message, now))) {
    const readable = yield* Effect.result(readyMessages(runId, ready, now))
    if (readable._tag === "Failure") {
      if (readable.failure._tag !== "PayloadUnreadable") return yield* readable.failure
      return yield* park(runId, storedHead(run), actor.start as StartMessage, readable.failure, work, options)
    }
    ready = readable.success
  }
  if (ready.length > 1) ready = byArrival(ready)
  const rebuilt = isCold && (run.head !== undefined || ready.some((message) => now - message.at > freshMs))
  const adopted = { bytes: 0 }
  const hung = guard.portions(runId, actor.workflow, rebuilt, deliverAll(run, ready, now, adopted))
  // Another host may be ahead: whether an answer comes before its callback is for an actor to say that stands on today's head.
  const isLeft = (row: Message) => row.kind === "callback" && !actor.hasAdopted(messageKey(row))
  if (!isCold && actor.outcome === undefined && ready.some(isLeft)) {
    warm.evict(runId)
    return "again" as const
  }
  let parked: ParkReason | undefined = hung ?? actor.parkReason
  if (work.begins !== undefined && (parked !== undefined || actor.hasInlineSteps)) {
    options.early?.leave(work.begins)
    warm.evict(runId)
    return "settled" as const
  }
  if (parked === undefined && actor.hasInlineSteps)
    parked = yield* runInline(runId, run, options, work.ran, telling.span)
  parked ??= tooLong(actor)
  if (parked !== undefined) {
    // Its code went on by itself between turns. Rebuilt from history it stands where a cancellation can end it.
    if (!isCold && ready.some(isCancelling)) {
      warm.evict(runId)
      return "again" as const
    }
    warm.noteParked(runId, actor, parked)
    warm.evict(runId)
    // Without a start nothing was delivered, so nothing can have gone wrong.
    return yield* park(runId, storedHead(run), actor.start as StartMessage, parked, work, options, actor)
  }
  // Where no doorbell comes to adopt these rows (an atomic store rings for others only), the body's lines would have to wait for
  // the next outcome, which may take long, and so would what it publishes. So there is a commit for them.
  const isHeard = (actor.hasOutput || actor.states.hasNews || actor.tags.hasNews) && (yield* Commits).atomic
  if (!needsCommit(run, work) && !isHeard && options.underWay?.hasUnwanted(runId, isWanted(run)) !== true) {
    const end = yield* putRows(runId, work, run.head?.version ?? 0)
    if (end === "again") warm.evict(runId)
    return end
  }
  const end = yield* commit(runId, run, work, options, inHand, telling)
  if (adopted.bytes <= maxAdoptedBytes || actor.outcome !== undefined) return end
  // There may be more: all rows are in the inbox by now, and the next turn finds what this one has left there.
  warm.evict(runId)
  work.rows = []
  work.done = []
  return "again" as const
}

/** What is to follow the commit of a head that this process did not write. Answers with why it cannot be told, if it cannot. */
const makeGood = Effect.fnUntraced(function* (runId: string, { actor, head }: WarmRun) {
  yield* putNoticesAgain.running(runId, actor, head)
  const answered = yield* Effect.result(putRepliesAgain(runId, head))
  if (answered._tag === "Failure") {
    if (answered.failure._tag !== "PayloadUnreadable") return yield* answered.failure
    return answered.failure
  }
  return yield* appendAgain(runId, actor, yield* lackingOutput(runId, head))
})

function* deliverAll(
  run: WarmRun,
  messages: ReadonlyArray<Message>,
  now: number,
  adopted: { bytes: number }
): Parts<void> {
  const { actor, head } = run
  if (messages.length > 1) actor.restarts.passOver(messages)
  for (const message of messages) {
    if (adopted.bytes > maxAdoptedBytes) break
    // A run that was parked before it began keeps the time at which it is listed.
    const keepsTime = message.kind === "start" && message.continues === undefined
    const until = keepsTime ? Math.min(now, head?.startedAt ?? now) : now
    if (yield* actor.deliverInParts(message, until)) adopted.bytes += (actor.order.at(-1) as string).length
    // They are in memory until they follow a commit.
    if (actor.emits.heldLength > maxHeldOutput) adopted.bytes = Number.POSITIVE_INFINITY
    yield
  }
  deliverEarly(run, now)
}

/**
 * Bytes of keys after which a commit adopts no more. They stand in the head until the next commit spills them, and a run that was
 * parked for weeks, or is sent signals by the thousand, may have more to adopt than a head can hold (S12).
 */
const maxAdoptedBytes = 32 * 1024

/** Characters of emitted values. */
const maxHeldOutput = 4 * 1024 * 1024

/** A start row older than this was not turned at once: maybe the turn took its process down. */
const freshMs = 5_000

const needsCommit = (run: WarmRun, work: Work): boolean => {
  const { actor, head } = run
  if (run.uncopied !== undefined) return true
  const fed = actor.order.length - (head?.adopted ?? 0)
  if (isMoved(head)) return true
  // Changed code may end a run by replay alone, or come to an answer.
  if (fed === 0) return head?.status === "parked" || actor.outcome !== undefined || actor.updates.hasReplies
  return (
    head === undefined ||
    work.mustCommit ||
    actor.ledger.isUrgent ||
    // Somebody waits for an answer.
    actor.updates.hasReplies ||
    !actor.emits.isEmpty ||
    actor.outcome !== undefined ||
    // No other outcome is on its way that would take these along: say what the run waits for now.
    !actor.ledger.hasOpenSteps ||
    fed >= maxUncommitted ||
    head.status === "parked"
  )
}

/** Rows that a warm actor may hold without a commit: lost with it, and read again, but not without bound. */
const maxUncommitted = 256

const committing: Effect.Effect<{ readonly commits: Commits["Service"]; readonly at: number }, never, Commits> =
  Effect.withFiberSucceed((fiber) => ({
    commits: Context.get(fiber.context as Context.Context<Commits>, Commits),
    at: fiber.getRef(Clock.Clock).currentTimeMillisUnsafe()
  }))

function* commit(
  runId: string,
  run: WarmRun,
  work: Work,
  options: TurnOptions,
  inHand: ReadonlyArray<Message>,
  telling: TurnTelling
) {
  const { commits, at } = yield* committing
  const before = run.head?.adopted ?? 0
  const built = yield* buildCommit(run, at, inHand, telling.trace)
  const head = isMoved(run.head) ? yield* askAgain(run, built, options.registry) : built
  telling.commits(head)
  const mayBeAnswered = handedOut(run, head.head)
  if (!work.comesAgain && !commits.atomic) yield* wakeForEnd(runId, head.head, at)
  const { begins, done, rows, sent } = work
  const result = yield* commits.commit({ runId, rows, done, head, sent, begins })
  if (result._tag !== "Committed") {
    if (begins === undefined) telling.conflict()
    options.warm.evict(runId)
    // The rows are put, or others stand in their place: what is left is to adopt what the inbox holds. Of a start that was not
    // the one nothing is left: what is there in its place has rung.
    work.rows = []
    work.done = []
    return begins === undefined ? ("again" as const) : ("settled" as const)
  }
  run.head = result.head
  if (run.uncopied !== undefined) run.uncopied = undefined
  tellOutput(run.actor)
  stopUnwanted(run, options)
  yield* tellFailedUpdates(run.actor, head.replies)
  if (head.head.adopted >= manyMessages) yield* tellLength(options.services, runId, before, head.head)
  // One that came as the run ended: with this turn its wake-up is spent.
  const isRequest = (row: Message) => row.kind === "restart" && !run.actor.hasAdopted(messageKey(row))
  const isAsked = isEnded(head.head) && (isLimiter(runId) || inHand.some(isRequest))
  if (run.actor.outcome !== undefined) {
    if (isAsked) options.warm.evict(runId)
    else options.warm.finish(runId)
    countEnd(options.services, run.actor)
    yield* tellEnd(run.actor)
  }
  for (const conflict of result.conflicts) yield* answerConflict(runId, conflict, at)
  if (!isAsked && mayBeAnswered.length === 0) return "settled" as const
  work.rows = []
  work.done = []
  work.doorbells = mayBeAnswered
  return "again" as const
}

/** A step that the workflow has dropped runs for nobody. Said by a commit that stands, and not by an actor that may have lost (S26). */
const stopUnwanted = (run: WarmRun, { underWay }: TurnOptions): void => {
  if (run.head !== undefined) underWay?.stopUnwanted(run.actor.runId, isWanted(run))
}

/** An actor that has not come as far as the step's command, which another host has issued since, can say nothing of it. */
const isWanted =
  ({ actor }: WarmRun) =>
  ({ index, key }: StepUnderWay): boolean =>
    index > actor.order.length || (actor.outcome === undefined && actor.ledger.isOpen("step", key))

/** The rows that doorbells ring for, without those that the actor has already. */
const readRung = Effect.fnUntraced(function* (runId: string, run: WarmRun, { doorbells, lookAtAll }: Work) {
  const table = yield* RunTable
  if (lookAtAll) {
    const { messages } = yield* table.readRun(runId)
    return messages.filter((message) => !run.actor.hasAdopted(messageKey(message)))
  }
  const rows: Array<Message> = []
  for (const key of doorbells) {
    if (run.actor.hasAdopted(key)) continue
    const row = yield* table.readMessage(runId, key)
    if (row !== undefined) rows.push(row)
  }
  return rows
})

/** Nothing to fetch and nothing to wait for: the usual message. */
const isPlain = (message: Message, now: number): boolean => {
  if (message.kind === "timer") return message.due <= now
  return isWhole(message)
}

/** Resolved (one that cannot be read parks the run), and without timers that were put ahead of their time: those ring again when they are due. */
const readyMessages = Effect.fnUntraced(function* (runId: string, messages: ReadonlyArray<Message>, now: number) {
  const ready: Array<Message> = []
  for (const message of messages) {
    if (message.kind === "timer" && message.due > now) {
      const queue = yield* StepQueue
      yield* queue.send([{ kind: "wake", runId, key: messageKey(message), notBefore: message.due }])
    } else {
      ready.push(yield* resolveMessage(message))
    }
  }
  return ready
})
