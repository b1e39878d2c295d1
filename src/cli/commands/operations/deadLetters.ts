import * as Clock from "effect/Clock"
import * as Argument from "effect/cli/Argument"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { findDeadLetters } from "../../../inspection/deadLetters/findDeadLetters.ts"
import { letterOf } from "../../../inspection/deadLetters/letterOf.ts"
import type { DeadLetter, DeadLetters } from "../../../inspection/shapes/deadLetters.ts"
import { type Delivery, StepQueue } from "../../../store/stepQueue.ts"
import { wrongUse } from "../../framework/commandFailed.ts"
import { printNote, printResult, showProgress } from "../../framework/output.ts"
import { confirm, yesFlag } from "../../framework/question.ts"
import type { Style } from "../../framework/style.ts"
import { textTable } from "../../framework/textTable.ts"
import { momentText } from "../../framework/times.ts"
import { Target } from "../../targets/target.ts"
import { defineTargetCommand } from "../defineCommand.ts"
import { statusFlag, workflowFlag } from "../runs/arguments.ts"

export const deadLetters = defineTargetCommand("dead-letters", {
  summary: "List dead letters, or give them another chance",
  description:
    "Dead letters are messages of the step queue that were received too often without an answer: their workers died with them. A host tells the run of each (`StepFailed`, reason `deadLetter`), so there are some only for as long as no host, or no function for them, is at work. `retry` puts them back into the queue before one does. `steps` lists the steps that have failed by one, among the runs that have failed last.",
  json: "list: { letters }; --dry-run: { letters, dryRun }; retry: { retried }; steps: { waiting, steps, looked, cursor? }",
  examples: [
    ["dead-letters", "Those that there are"],
    ["dead-letters retry --dry-run", "Which steps would run again"],
    ["dead-letters retry --yes", "Back into the queue with all of them"],
    ["dead-letters steps --workflow rentBike", "Of which steps runs were told that they became one"]
  ],
  input: {
    action: Argument.Literals("action", ["list", "retry", "steps"]).pipe(
      Argument.withDescription("Default: list"),
      Argument.withDefault("list" as const)
    ),
    workflow: workflowFlag,
    status: statusFlag,
    limit: Flag.Int("limit").pipe(
      Flag.withAlias("n"),
      Flag.withDescription("Of steps: so many runs are looked at, 1 to 200. Default: 50"),
      Flag.filter(
        (limit) => limit >= 1 && limit <= 200,
        (limit) => `--limit ${limit}: a number from 1 to 200`
      ),
      Flag.withDefault(50)
    ),
    dryRun: Flag.Boolean("dry-run").pipe(
      Flag.withoutNegation,
      Flag.withDefault(false),
      Flag.withDescription("Of retry: say which they are, and put none back")
    ),
    yes: yesFlag
  },
  run: Effect.fnUntraced(function* ({ action, dryRun, yes, workflow, status, limit }) {
    const target = yield* Target
    if (dryRun && action !== "retry")
      return yield* wrongUse(`dead-letters ${action} changes nothing: --dry-run is of retry.`, "leave out --dry-run")
    if (action === "steps") {
      const query = {
        limit,
        ...(Option.isSome(workflow) ? { workflow: workflow.value } : {}),
        ...(Option.isSome(status) ? { status: status.value } : {})
      }
      const found = yield* target.withStore(findDeadLetters(query))
      return yield* printResult(found, (style) => stepsText(found, style))
    }
    if (action === "list" || dryRun) {
      const letters = yield* target.withQueue(
        withDeadLetters((deliveries) => Effect.succeed(deliveries.map(({ message }) => letterOf(message))))
      )
      yield* printResult(dryRun ? { letters, dryRun } : { letters }, (style) => lettersText(letters, style))
      const count = letters.length === 1 ? "1 dead letter" : `${letters.length} dead letters`
      return yield* dryRun ? printNote((style) => style.dim(`${count}; none was put back (--dry-run)`)) : Effect.void
    }
    yield* confirm("Put all dead letters back into the queue? Their steps run again.", yes)
    const retried = yield* target.withQueue(retryAll())
    yield* printResult({ retried }, () => `${retried} back in the queue`)
    return yield* printNote((style) => style.dim("a host takes them from there"))
  })
})

/** All that there are, hidden from others for as long as `use` takes, and shown again after it. */
const withDeadLetters = <A, E, R>(use: (deliveries: ReadonlyArray<Delivery>) => Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const queue = yield* StepQueue
    const taken: Array<Delivery> = []
    yield* Effect.addFinalizer(() =>
      Effect.forEach(taken, (delivery) => Effect.ignore(queue.release(delivery, 0)), { concurrency: 8, discard: true })
    )
    for (;;) {
      // SQS answers from some of its servers only, unless it is given a second.
      const found = yield* queue.receiveDead({ limit: 10, waitMs: 1_000, visibilityMs: 60_000 })
      if (found.length === 0) break
      taken.push(...found)
      yield* showProgress(`${taken.length} dead letters`)
    }
    yield* showProgress(undefined)
    return yield* use(taken)
  }).pipe(Effect.scoped)

/** In the queue again first, then gone from the dead: one that dies in between has it twice, which is once by its fence and key. */
const retryAll = Effect.fnUntraced(function* () {
  const queue = yield* StepQueue
  let retried = 0
  for (;;) {
    const found = yield* queue.receiveDead({ limit: 10, waitMs: 1_000, visibilityMs: 60_000 })
    if (found.length === 0) return retried
    const now = yield* Clock.currentTimeMillis
    yield* queue.send(found.map(({ message }) => ({ ...message, notBefore: Math.min(message.notBefore, now) })))
    yield* queue.complete(found)
    retried += found.length
    yield* showProgress(`${retried} back in the queue`)
  }
})

const lettersText = (letters: ReadonlyArray<DeadLetter>, style: Style): string =>
  letters.length === 0
    ? style.dim("no dead letters")
    : textTable([
        ["run", "what", "attempt", "before"].map(style.dim),
        ...letters.map(({ attempt, key, kind, lastError, runId }) => [
          runId,
          `${kind} ${key ?? ""}`,
          attempt === undefined ? "" : String(attempt),
          lastError ?? ""
        ])
      ])

const stepsText = ({ cursor, looked, steps }: DeadLetters, style: Style): string => {
  const scope = `among the ${looked} runs ${cursor === undefined ? "that there are" : "that were started last"}`
  if (steps.length === 0) return style.dim(`no step has become a dead letter ${scope}`)
  return textTable([
    ["run", "step", "attempts", "when", "run is"].map(style.dim),
    ...steps.map(({ at, attempts, key, runId, status }) => [runId, key, String(attempts), momentText(at), status])
  ])
}
