import * as Flag from "effect/cli/Flag"
import * as Option from "effect/Option"
import { defineTargetCommand } from "../defineCommand.ts"
import { durationFlag, runIdArgument } from "./arguments.ts"
import { showOutcome } from "./outcome.ts"

export const wait = defineTargetCommand("wait", {
  summary: "Wait for a run's outcome",
  description:
    "Waits until a run has ended and prints its output. A run that has failed, died or been cancelled is exit code 1, its error on standard output; a time-out that is over is exit code 6.",
  json: "the run as get shows it",
  examples: [
    ["wait rental-17", "Until it has ended"],
    ["wait rental-17 --timeout 90s --fail-when-parked", "In a script: not for ever"]
  ],
  input: {
    runId: runIdArgument,
    timeout: durationFlag("timeout", "Longest time to wait"),
    failWhenParked: Flag.Boolean("fail-when-parked").pipe(
      Flag.withoutNegation,
      Flag.withDefault(false),
      Flag.withDescription("A run that is parked ends the waiting, exit code 6")
    ),
    requestId: Flag.String("request-id").pipe(
      Flag.withMetavar("ID"),
      Flag.withDescription("For the end of what was asked for by it: a start with a --policy, a retry, a reset"),
      Flag.optional
    )
  },
  run: ({ runId, timeout, failWhenParked, requestId }) =>
    showOutcome(runId, {
      failWhenParked,
      ...(Option.isSome(requestId) ? { requestId: requestId.value } : {}),
      ...(Option.isSome(timeout) ? { timeoutMs: timeout.value } : {})
    })
})
