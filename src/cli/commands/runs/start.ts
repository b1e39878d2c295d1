import * as Argument from "effect/cli/Argument"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { startPolicies } from "../../../actor/history/restarting/policies.ts"
import { readJson } from "../../framework/jsonInput.ts"
import { printNote, printResult } from "../../framework/output.ts"
import type { StartRequest } from "../../targets/operations.ts"
import { Target } from "../../targets/target.ts"
import { defineTargetCommand } from "../defineCommand.ts"
import { durationFlag, endlessFlag, inputFlag, tagFlag, zonedFlag } from "./arguments.ts"
import { showOutcome } from "./outcome.ts"

export const start = defineTargetCommand("start", {
  summary: "Start a run",
  description:
    "Starts a run of a workflow and prints its id as soon as the start is durable. With an --id it is idempotent: started again with the same workflow and input, the run is the same one; with another input it is a conflict, exit code 5.",
  json: "{ runId, isNew, generation }; --wait: the run as get shows it",
  examples: [
    ["start rentBike --input '{\"bike\":7}' --id rental-17", "Start a run under an id of your own"],
    ["start rentBike --input @rental.json --wait", "Read the input from a file and wait for the outcome"],
    ["start report --id monthly --policy replace", "Cancel what runs under that id, and start again"],
    ["start remind --id order-17 --delay '2 days'", "Begin later"],
    ["start index --id page-7 --policy debounce --delay '10 seconds'", "When nothing has come for ten seconds"],
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
    policy: Flag.Literals("policy", startPolicies).pipe(
      Flag.withDescription(
        "What if there is a run of that id: existing (default, it is the one that is meant), reject, replace (it is cancelled first), afterFinish (it comes to its end first), debounce (this one takes its place while its --delay is not over, and otherwise it comes to its end first)"
      ),
      Flag.optional
    ),
    requestId: Flag.String("request-id").pipe(
      Flag.withMetavar("ID"),
      Flag.withDescription("Makes a start with a --policy idempotent"),
      Flag.optional
    ),
    at: zonedFlag("at", "Before that the body does not begin"),
    delay: durationFlag("delay", "The same, from now"),
    maxDelay: endlessFlag(
      "max-delay",
      "With --policy debounce: so much later than the first at the latest, however many come, or Infinity. Default: ten times the --delay"
    ),
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
      ...(Option.isNone(given.policy) ? {} : { policy: given.policy.value }),
      ...(Option.isNone(given.requestId) ? {} : { requestId: given.requestId.value }),
      ...(Option.isNone(given.at) ? {} : { startAt: given.at.value }),
      ...(Option.isNone(given.delay) ? {} : { delay: `${given.delay.value} millis` }),
      ...(Option.isNone(given.maxDelay)
        ? {}
        : {
            maxDelay: given.maxDelay.value === Number.POSITIVE_INFINITY ? "Infinity" : `${given.maxDelay.value} millis`
          }),
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
    const { requestId } = started
    return yield* showOutcome(started.runId, requestId === undefined ? {} : { requestId })
  })
})
