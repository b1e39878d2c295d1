import type * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import { Actor } from "../../actor/actor.ts"
import type { AnyWorkflow } from "../../actor/definitions/definition.ts"
import type { RunPort } from "../../actor/definitions/runPort.ts"
import { withChild, withPort } from "../../actor/definitions/withPort.ts"
import { answeredKind, commandId } from "../../actor/history/command.ts"
import type { Message } from "../../actor/history/message.ts"
import { replayPortion } from "../../actor/turn.ts"

/** What a replay tells of how a body has failed. Positions are those of messages in the adopted order. */
export interface FailurePoint {
  /** Of the message that handed out the error which the body has failed with. Undefined: none did. */
  readonly handedOut: number | undefined
  /** Of the message by which the body has ended. Undefined: today's code does not come to an end. */
  readonly endedBy: number | undefined
  /** What ran when the body had ended, and was answered: `step/refund#0`. */
  readonly compensations: ReadonlyArray<string>
  /** Of the first message by which something was done that was undone then. */
  readonly compensatedFrom: number | undefined
  /** Why today's code does not come to where the run ended. */
  readonly why: string | undefined
}

export const failurePointOf = (
  workflow: AnyWorkflow,
  address: string,
  order: ReadonlyArray<string>,
  messages: ReadonlyMap<string, Message>
): FailurePoint => {
  const handedOut = new Map<unknown, number>()
  const compensated: Array<number> = []
  const position = (): number => actor.order.length - 1
  const noting = (port: RunPort): RunPort => {
    const noted = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
      Effect.tapCause(effect, ({ reasons }) =>
        Effect.sync(() => {
          for (const reason of reasons) {
            const error = errorOf(reason)
            // A defect that is met again on its way out came with the first.
            if (error !== undefined && !handedOut.has(error)) handedOut.set(error, position())
          }
        })
      )
    return {
      ...port,
      step: (...call) => noted(port.step(...call)),
      child: (...call) => noted(port.child(...call)),
      outcomeOf: (...call) => noted(port.outcomeOf(...call)),
      start: (...call) =>
        Effect.map(port.start(...call), (started) => withChild(started, { outcome: noted(started.outcome) })),
      compensates: Effect.andThen(
        port.compensates,
        Effect.sync(() => void compensated.push(position()))
      )
    }
  }
  const actor = new Actor({ workflow: withPort(workflow, noting), runId: address })
  const compensations = watchCompensations(actor)
  let endedBy: number | undefined
  for (const [index, entry] of order.entries()) {
    replayPortion(actor, [entry], messages)
    if (actor.parked !== undefined) break
    if (actor.program.bodyExit !== undefined) endedBy ??= index
  }
  const exit = actor.program.bodyExit
  const errors = exit?._tag === "Failure" ? exit.cause.reasons.flatMap((reason) => chainOf(errorOf(reason))) : []
  return {
    handedOut: errors.map((error) => handedOut.get(error)).find((found) => found !== undefined),
    endedBy,
    compensations: compensations(),
    compensatedFrom: compensated[0],
    why: actor.parked?.message
  }
}

/** What is asked for once the body has ended. */
const watchCompensations = (actor: Actor): (() => ReadonlyArray<string>) => {
  const { ledger } = actor
  const asked: Array<string> = []
  const issue = ledger.issue.bind(ledger)
  function noted(...call: Parameters<typeof issue>): void {
    const [command] = call
    if (actor.program.bodyExit !== undefined && command.kind !== "timer")
      asked.push(commandId(answeredKind(command), command.key))
    issue(...call)
  }
  ledger.issue = noted
  return () => asked.filter((id) => actor.hasAdopted(id))
}

type Reason = Cause.Cause<unknown>["reasons"][number]

/** Identity is what is looked for: a text or a number would be found anywhere. */
const errorOf = (reason: Reason): object | undefined => {
  const error = reason._tag === "Fail" ? reason.error : reason._tag === "Die" ? reason.defect : undefined
  return typeof error === "object" && error !== null ? error : undefined
}

/** An error and those that it says were its causes. */
const chainOf = (error: object | undefined): ReadonlyArray<object> => {
  const chain: Array<object> = []
  for (let one = error; one !== undefined && chain.length < mostCauses; ) {
    chain.push(one)
    const cause: unknown = "cause" in one ? one.cause : undefined
    one = typeof cause === "object" && cause !== null ? cause : undefined
  }
  return chain
}

const mostCauses = 10
