import type { Command, StepCommand } from "../../actor/history/command.ts"
import type { Message } from "../../actor/history/message.ts"
import type { Json } from "../../actor/values/json.ts"
import { fromPayload, type Payload } from "../../actor/values/payload.ts"
import { hasLoadedValues, loadedValueIn, timeForms } from "../surroundings/loadTime.ts"
import type { Recording } from "../world/schedule.ts"
import type { VirtualRun } from "../world/virtualRun.ts"
import type { Problem } from "./problem.ts"

/** All numbers and texts in it, keys among them, as texts. */
function* leavesOf(value: Json): Iterable<string> {
  if (typeof value === "string") yield value
  else if (typeof value === "number") yield String(value)
  else if (Array.isArray(value)) for (const item of value) yield* leavesOf(item)
  else if (typeof value === "object" && value !== null)
    for (const [key, field] of Object.entries(value)) {
      yield key
      yield* leavesOf(field as Json)
    }
}

const leaves = (payload: Payload): ReadonlyArray<string> =>
  "json" in payload ? [...leavesOf(fromPayload(payload))] : []

/** Where a value shows: what the run asks for, and how it ends. */
function* shownBy({
  commits,
  outcome,
  runId
}: VirtualRun): Iterable<readonly [where: string, texts: ReadonlyArray<string>]> {
  for (const { commands, inlineSteps } of commits)
    for (const command of [...commands, ...inlineSteps]) yield* shownByCommand(command)
  if (outcome !== undefined && outcome.tag !== "died") yield [`the end of run ${runId}`, leaves(outcome.payload)]
}

function* shownByCommand(command: Command | StepCommand): Iterable<readonly [string, ReadonlyArray<string>]> {
  if (command.kind === "step") yield [`step ${command.key}`, [command.key, ...leaves(command.input)]]
  if (command.kind === "child")
    yield [`child run ${command.key}`, [command.key, command.runId, ...leaves(command.input)]]
  if (command.kind === "send") yield [`signal ${command.name}`, [command.runId, command.id, ...leaves(command.payload)]]
}

/** Values that came to the run in its messages are part of the history, wherever their senders had them from. */
const cameWith = (message: Message): ReadonlyArray<string> => {
  const at = timeForms(message.at)
  switch (message.kind) {
    case "start":
    case "restart":
      return [...at, ...leaves(message.input)]
    case "signal":
    case "update":
      return [...at, ...leaves(message.payload)]
    case "step":
    case "child":
    case "callback":
      return [...at, ...leaves(message.outcome.payload)]
    case "timer":
      return [...at, ...timeForms(message.due)]
    case "cancel":
      return [...at, message.reason ?? ""]
    default:
      return at
  }
}

/** A value in what a run asks for or ends with, that its module has got when it was loaded: another process has another one. */
export const loadedValueProblem = ({ engine }: Recording): Problem | undefined => {
  if (!hasLoadedValues()) return undefined
  for (const run of engine.runs.values()) {
    for (const [where, texts] of shownBy(run)) {
      for (const text of texts) {
        const found = loadedValueIn(text)
        if (found === undefined) continue
        const came = [...run.inbox.values()].flatMap(cameWith)
        if (found.forms.some((form) => came.some((known) => known.includes(form)))) continue
        return {
          kind: "nondeterminism",
          title: "a value was made when a module was loaded",
          explain: () => [
            `${found.value}, in ${where}, is what a module got from ${found.what} when it was loaded${found.place}.`,
            "Another process loads it at another time, gets another value, and cannot replay the run. Ask for it in the body, where Date.now(),",
            "Math.random() and randomUuid are the run's own; or in a step; or hand it in with the input."
          ]
        }
      }
    }
  }
  return undefined
}
