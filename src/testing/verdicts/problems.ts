import { placeOfAddress, runIdOf } from "../../actor/history/generation.ts"
import type { Json } from "../../actor/values/json.ts"
import { fromPayload } from "../../actor/values/payload.ts"
import { list, plural } from "../reports/text.ts"
import { type Recording, rootRunId } from "../world/schedule.ts"
import { compensationProblem } from "./compensations.ts"
import { doubleEffectProblem } from "./doubleEffects.ts"
import { explainDivergence } from "./explain.ts"
import { interleavingProblem } from "./interleaving.ts"
import { loadedValueProblem } from "./loadedValues.ts"
import { lostErrorProblem } from "./lostErrors.ts"
import type { Judgement, Problem } from "./problem.ts"
import { findDivergence } from "./replayChecks.ts"
import { sharingProblem } from "./sharing/sharing.ts"
import { strayProblem } from "./strays.ts"

/** The first thing that is wrong with a recording, if anything is. */
export const findProblem = async (recording: Recording, judgement: Judgement): Promise<Problem | undefined> =>
  namesakeProblem(recording) ??
  parkedProblem(recording) ??
  strayProblem(recording) ??
  replayProblem(recording, judgement) ??
  loadedValueProblem(recording) ??
  propertyProblem(recording) ??
  defectProblem(recording, judgement) ??
  lostErrorProblem(recording, judgement) ??
  compensationProblem(recording, judgement) ??
  endlessProblem(recording, judgement) ??
  (await sharingProblem(recording, judgement)) ??
  (await interleavingProblem(recording, judgement)) ??
  (await doubleEffectProblem(recording, judgement))

const namesakeProblem = ({ setting: { definitions } }: Recording): Problem | undefined => {
  const { namesakes } = definitions
  if (namesakes.length === 0) return undefined
  return { kind: "namesake", title: "one name stands for two definitions", explain: () => namesakes }
}

const parkedProblem = ({ engine }: Recording): Problem | undefined => {
  for (const { runId, parked } of engine.runs.values()) {
    if (parked === undefined) continue
    return {
      kind: "parked",
      title: `a run cannot go on (${parked._tag})`,
      explain: () => [
        `${runIdOf(runId) === rootRunId ? "The run" : `Child run ${placeOfAddress(runId)}`} is parked: ${parked.message}`
      ],
      cause: parked
    }
  }
  return undefined
}

const replayProblem = (recording: Recording, { another, reloaded }: Judgement): Problem | undefined => {
  const divergence = findDivergence(recording, another, reloaded)
  if (divergence === undefined) return undefined
  return {
    kind: "nondeterminism",
    title: "the same history, replayed, comes to something else",
    explain: () => explainDivergence(recording, divergence, another, reloaded)
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
  const { _tag, failures, defects, reason, runId } = defect as { readonly [key: string]: Json }
  if (Array.isArray(failures)) return failures.every(isExpected)
  // A typed error that meets a defect is one by then.
  if (Array.isArray(defects)) return defects.some(isExpected)
  // What the workflow itself has handed over and nobody could store: no step has run, no child run has begun.
  if (reason === "invalidInput" || (_tag === "ChildFailed" && runId === "")) return false
  return typeof _tag === "string" && expectedDefects.has(_tag)
}

const defectProblem = ({ engine, runId }: Recording, { mayDie }: Judgement): Problem | undefined => {
  const outcome = engine.newest(runId).outcome
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
  if (endless || engine.newest(runId).isOver || engine.turns < setting.maxTurns) return undefined
  return {
    kind: "endless",
    title: `the run has not ended after ${plural(engine.turns, "turn")}`,
    explain: () => [
      `It waits for ${list(waitsFor)}.`,
      "If it is meant to go on and on, set the option endless; if it only takes long, raise maxTurns."
    ]
  }
}
