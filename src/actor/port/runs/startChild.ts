import * as Effect from "effect/Effect"
import * as Scope from "effect/Scope"
import { RunScope } from "../../calls/compensation.ts"
import type { AnyWorkflow, ChildOptions } from "../../definitions/definition.ts"
import type { Run } from "../../definitions/run.ts"
import type { StartedChild } from "../../definitions/runPort.ts"
import { ChildFailed } from "../../errors.ts"
import type { ChildCommand } from "../../history/command.ts"
import type { Outcome } from "../../history/outcome.ts"
import type { PortOptions } from "../portOptions.ts"
import { Answer } from "./answer.ts"
import { childCommand, childExit } from "./callChild.ts"
import { sendSignal } from "./sendSignal.ts"

class Handle implements StartedChild {
  readonly outcome: StartedChild["outcome"]
  readonly cancel: Effect.Effect<void>
  private readonly options: PortOptions
  private readonly command: ChildCommand

  constructor(options: PortOptions, command: ChildCommand, outcome: StartedChild["outcome"]) {
    this.options = options
    this.command = command
    this.outcome = outcome
    this.cancel = Effect.sync(() => options.ledger.requestCancel(command.key))
  }

  /** Another, where the run goes on from an earlier message. */
  get runId(): string {
    return this.options.ledger.runIdOfChild(this.command)
  }

  readonly signal: StartedChild["signal"] = (signal, payload, id) =>
    sendSignal(this.options, { signal, runId: this.runId, payload, id, toChild: this.command.key })
}

/** A child run that goes on beside the body. What it comes to is kept for whoever asks, at any time and as often as they like. */
export const startChild = (
  options: PortOptions,
  workflow: AnyWorkflow,
  input: unknown,
  childOptions: ChildOptions
): Effect.Effect<StartedChild, never, Run> => {
  const { ledger } = options
  const command = childCommand(options, workflow, input, childOptions)
  if (command instanceof ChildFailed) return Effect.die(command)
  const { whenParentEnds } = command
  const answer = new Answer()
  // By the schema once somebody asks: a value that nobody reads parks no run.
  const exitOf = (outcome: Outcome) =>
    Effect.suspend(() => childExit(options, workflow, ledger.runIdOfChild(command), outcome))
  ledger.issue(command, (outcome) => answer.settle(exitOf(outcome as Outcome)), workflow.input)
  const started = new Handle(options, command, answer.get)
  if (whenParentEnds !== "wait") return Effect.succeed(started)
  // Among the compensations: what was there before the child is taken back when the child is through, and no sooner.
  return Effect.as(
    Effect.flatMap(RunScope, (scope) => Scope.addFinalizer(scope, answer.there)),
    started
  )
}
