import { isDeepStrictEqual } from "node:util"
import type { Json } from "../actor/json.ts"
import { fromPayload } from "../actor/payload.ts"
import { compensationProblem } from "./compensations.ts"
import { kindOf, type Plan, PlannedDecisions } from "./decisions.ts"
import { explainDivergence } from "./explain.ts"
import { findDivergence } from "./replayChecks.ts"
import { type Recording, rootRunId, runSchedule } from "./schedule.ts"
import { isStandInData } from "./standIns.ts"
import { list, plural, shorten } from "./text.ts"

export type ProblemKind =
  | "property"
  | "parked"
  | "nondeterminism"
  | "doubleEffect"
  | "compensation"
  | "defect"
  | "endless"

/** What is wrong with a schedule. */
export interface Problem {
  readonly kind: ProblemKind
  readonly title: string
  /** Sentences, a line each; made only when somebody is to read them. */
  readonly explain: () => ReadonlyArray<string>
  readonly cause?: unknown
}

export interface Judgement {
  /** By the name of a step, the one that undoes it. */
  readonly compensations: ReadonlyMap<string, string>
  /** Of the user's world, what counts as an effect; undefined if there is no world. */
  readonly effectsOf: ((world: unknown) => unknown) | undefined
  readonly mayDie: boolean
  readonly endless: boolean
  /** Another run of the same workflow, to be replayed in between. */
  readonly another: Recording | undefined
}

/** The first thing that is wrong with a recording, if anything is. */
export const findProblem = async (recording: Recording, judgement: Judgement): Promise<Problem | undefined> =>
  parkedProblem(recording) ??
  replayProblem(recording, judgement) ??
  propertyProblem(recording) ??
  defectProblem(recording, judgement) ??
  compensationProblem(recording, judgement) ??
  endlessProblem(recording, judgement) ??
  (await doubleEffectProblem(recording, judgement))

const parkedProblem = ({ engine }: Recording): Problem | undefined => {
  for (const { runId, parked } of engine.runs.values()) {
    if (parked === undefined) continue
    return {
      kind: "parked",
      title: `a run cannot go on (${parked._tag})`,
      explain: () => [`${runId === rootRunId ? "The run" : `Child run ${runId}`} is parked: ${parked.message}`],
      cause: parked
    }
  }
  return undefined
}

const replayProblem = (recording: Recording, { another }: Judgement): Problem | undefined => {
  const divergence = findDivergence(recording, another)
  if (divergence === undefined) return undefined
  return {
    kind: "nondeterminism",
    title: "the same history, replayed, comes to something else",
    explain: () => explainDivergence(recording, divergence, another)
  }
}

const propertyProblem = ({ complaint, setting: { definitions } }: Recording): Problem | undefined => {
  if (complaint === undefined) return undefined
  const message = complaint instanceof Error ? complaint.message : String(complaint)
  return {
    kind: "property",
    title: "a property does not hold",
    explain: () => [message, ...definitions.unknownNames().map((line) => `${line}.`)],
    cause: complaint
  }
}

/** What may end a run without its workflow being wrong: a step or a child run that never works. */
const expectedDefects = new Set(["StepFailed", "ChildFailed"])

const isExpected = (defect: Json): boolean => {
  if (typeof defect !== "object" || defect === null || Array.isArray(defect)) return false
  const { _tag, failures, defects } = defect as { readonly [key: string]: Json }
  if (Array.isArray(failures)) return failures.every(isExpected)
  // A typed error that meets a defect is one by then.
  if (Array.isArray(defects)) return defects.some(isExpected)
  return typeof _tag === "string" && expectedDefects.has(_tag)
}

const defectProblem = ({ engine, runId }: Recording, { mayDie }: Judgement): Problem | undefined => {
  const outcome = engine.run(runId).outcome
  if (mayDie || outcome?.tag !== "died") return undefined
  const defect = fromPayload(outcome.payload)
  if (isExpected(defect)) return undefined
  const { name, _tag, message, stack } = (typeof defect === "object" ? defect : {}) as Record<
    string,
    string | undefined
  >
  return {
    kind: "defect",
    title: "the workflow dies of a defect of its own",
    explain: () => [
      message === undefined ? JSON.stringify(defect) : `${_tag ?? name ?? "Error"}: ${message}`,
      ...(stack
        ?.split("\n")
        .slice(1, 3)
        .map((line) => `  ${relative(line.trim())}`) ?? []),
      "If it is meant to, set the option mayDie."
    ]
  }
}

const relative = (line: string): string => line.replace("file://", "").replace(`${process.cwd()}/`, "")

const endlessProblem = (
  { engine, runId, setting, waitsFor }: Recording,
  { endless }: Judgement
): Problem | undefined => {
  if (endless || engine.run(runId).isOver || engine.turns < setting.maxTurns) return undefined
  return {
    kind: "endless",
    title: `the run has not ended after ${plural(engine.turns, "turn")}`,
    explain: () => [
      `It waits for ${list(waitsFor)}.`,
      "If it is meant to go on and on, set the option endless; if it only takes long, raise maxTurns."
    ]
  }
}

const withoutCrashes = (plan: Plan): Plan => new Map([...plan].filter(([key]) => kindOf(key) !== "crash"))

/** Does it make a difference to the world that a worker died between a step's execution and its outcome's row? */
const doubleEffectProblem = async (recording: Recording, { effectsOf }: Judgement): Promise<Problem | undefined> => {
  const lost = recording.engine.events.filter((event) => event.kind === "executed" && event.lost)
  const { standIns } = recording.setting
  if (effectsOf === undefined) return undefined
  const isCode = (name: string) => standIns[name] !== undefined && !isStandInData(standIns[name])
  if (!lost.some((event) => event.kind === "executed" && isCode(event.command.name))) return undefined
  const effects = effectsOf(recording.world)
  if (isOpaque(effects)) {
    throw new TypeError(
      `of the world, a ${effects.constructor.name}, nothing can be compared: it keeps all to itself. ` +
        "Give the option effects, a function that takes of the world what counts"
    )
  }
  const undisturbed = async () => {
    const setting = { ...recording.setting, watch: () => {} }
    return effectsOf(
      (
        await runSchedule(
          setting,
          recording.input,
          new PlannedDecisions(withoutCrashes(recording.plan)),
          recording.circumstances
        )
      ).world
    )
  }
  const expected = await undisturbed()
  if (isDeepStrictEqual(effects, expected)) return undefined
  if (!isDeepStrictEqual(await undisturbed(), expected)) {
    throw new TypeError(
      "the same schedule leaves another world each time, so nothing can be said about steps that run twice: " +
        "give the option effects, a function that takes of the world what counts"
    )
  }
  const places = lost.flatMap((event) => (event.kind === "executed" ? [event.command.key] : []))
  return {
    kind: "doubleEffect",
    title: "a step is not safe to run twice",
    explain: () => [
      `The worker died after ${list([...new Set(places)])} was executed and before its outcome was written, so it was executed again.`,
      `The world without that:  ${shorten(show(expected), 300)}`,
      `The world with it:       ${shorten(show(effects), 300)}`,
      "Both executions had the same context.idempotencyKey: a step that hands it on, or looks it up first, takes effect once."
    ]
  }
}

/** Of a class, and with nothing to be seen from outside: private fields, or closures on its prototype. */
const isOpaque = (value: unknown): value is object => {
  if (typeof value !== "object" || value === null || Reflect.ownKeys(value).length > 0) return false
  const kind = Object.prototype.toString.call(value)
  return kind === "[object Object]" && ![Object.prototype, null].includes(Object.getPrototypeOf(value))
}

const show = (value: unknown): string => {
  try {
    return JSON.stringify(value, (_, field) =>
      field instanceof Map
        ? Object.fromEntries(field)
        : field instanceof Set
          ? [...field]
          : typeof field === "bigint"
            ? `${field}n`
            : field
    )
  } catch {
    return String(value)
  }
}
