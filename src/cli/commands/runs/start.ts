import * as Argument from "effect/cli/Argument"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { readJson } from "../../framework/jsonInput.ts"
import { printNote, printResult } from "../../framework/output.ts"
import type { StartRequest } from "../../targets/operations.ts"
import { Target } from "../../targets/target.ts"
import { defineTargetCommand } from "../defineCommand.ts"
import { inputFlag, tagFlag } from "./arguments.ts"
import { showOutcome } from "./outcome.ts"

/** JSON: `{ runId, isNew }`; with `--wait` that of `wait`. */
export const start = defineTargetCommand("start", {
  summary: "Start a run",
  description:
    "Starts a run of a workflow and prints its id as soon as the start is durable. With an --id it is idempotent: started again with the same workflow and input, the run is the same one; with another input it is a conflict, exit code 5.",
  examples: [
    ["start rentBike --input '{\"bike\":7}' --id rental-17", "Start a run under an id of your own"],
    ["start rentBike --input @rental.json --wait", "Read the input from a file and wait for the outcome"],
    ["start cart --id ada --signal added --payload '\"apple\"'", "Start it if it is not there, and send it a signal"]
  ],
  input: {
    workflow: Argument.String("workflow").pipe(Argument.withDescription("The workflow's name")),
    input: inputFlag,
    id: Flag.String("id").pipe(
      Flag.withMetavar("RUN"),
      Flag.withDescription("The run's id. Default: a fresh one"),
      Flag.optional
    ),
    definitionVersion: Flag.String("definition-version").pipe(
      Flag.withMetavar("VERSION"),
      Flag.withDescription(
        "Of the workflow. Default: the entry's last one; without an entry that of its newest run, or 1"
      ),
      Flag.optional
    ),
    tags: tagFlag("What lists find the run by; may be given more than once"),
    signal: Flag.String("signal").pipe(
      Flag.withMetavar("NAME"),
      Flag.withDescription("Send this signal with it"),
      Flag.optional
    ),
    payload: Flag.String("payload").pipe(
      Flag.withMetavar("JSON"),
      Flag.withDescription("Of the signal. Default: null"),
      Flag.withDefault("null")
    ),
    signalId: Flag.String("signal-id").pipe(
      Flag.withMetavar("ID"),
      Flag.withDescription("Of the signal: makes it idempotent"),
      Flag.optional
    ),
    wait: Flag.Boolean("wait").pipe(
      Flag.withoutNegation,
      Flag.withDefault(false),
      Flag.withDescription("Wait for the outcome, as `wait` does")
    )
  },
  run: Effect.fnUntraced(function* (given) {
    const { runs } = yield* Target
    const input = yield* readJson("--input", given.input)
    const runId = Option.getOrUndefined(given.id)
    const version = Option.getOrUndefined(given.definitionVersion)
    const signal = Option.getOrUndefined(given.signal)
    const signalId = Option.getOrUndefined(given.signalId)
    const request: StartRequest = {
      workflow: given.workflow,
      input,
      ...(version === undefined ? {} : { version }),
      ...(runId === undefined ? {} : { runId }),
      ...(Object.keys(given.tags).length === 0 ? {} : { tags: given.tags }),
      ...(signal === undefined
        ? {}
        : {
            signal: {
              name: signal,
              payload: yield* readJson("--payload", given.payload),
              ...(signalId === undefined ? {} : { id: signalId })
            }
          })
    }
    const started = yield* runs.start(request)
    if (!started.isNew) yield* printNote((style) => style.dim("it was there before, with this input"))
    if (!given.wait) return yield* printResult(started, () => started.runId)
    yield* printNote((style) => style.dim(`run ${started.runId}`))
    return yield* showOutcome(started.runId, {})
  })
})
