import type * as DateTime from "effect/DateTime"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { lastMoment } from "../../actor/calls/sleep.ts"
import { lengthOf } from "../../actor/definitions/assertOptions.ts"
import { checkSignalId } from "../../actor/definitions/name.ts"
import type { StartMessage } from "../../actor/history/message.ts"
import { type StartPolicy, startPolicies } from "../../actor/history/restarting/policies.ts"
import { StartInvalid } from "../errors.ts"

export interface StartChoices {
  /** What if there is a run of that id? Default `existing`. */
  readonly policy?: StartPolicy
  /**
   * Makes a start with `reject`, `replace`, `afterFinish` or `debounce` idempotent: asked once more with the same, because the answer was lost, it is the
   * start that it was. 1 to 128 printable ASCII characters, none of them a space. Default: a fresh one.
   */
  readonly requestId?: string
  /** The body does not begin before. Until then the run can be cancelled and sent signals like any other. Default: at once. */
  readonly startAt?: Date | DateTime.Utc | number
  /** The same, from now. Not both. */
  readonly delay?: Duration.Input
  /**
   * With the policy `debounce`: the body begins so much later than the first of these starts at the latest, however many come. Default: ten times the
   * `delay`; "Infinity": never mind how long they go on.
   */
  readonly maxDelay?: Duration.Input
}

export type StartTimes = Pick<StartMessage, "notBefore" | "notAfter">

/** The first and the last moment at which the body may begin, by what the start asks for. */
export const beginsAt = Effect.fnUntraced(function* (
  workflow: string,
  { delay, maxDelay, policy, requestId, startAt }: StartChoices,
  now: number
) {
  const invalid = (message: string) => new StartInvalid({ workflow, message })
  if (policy !== undefined && !startPolicies.includes(policy))
    return yield* invalid(`the policy of a start is one of ${startPolicies.join(", ")}, not ${JSON.stringify(policy)}`)
  const wrong = requestId === undefined ? undefined : checkSignalId(requestId)
  if (wrong !== undefined) return yield* invalid(`requestId of the start: ${wrong}`)
  if (delay !== undefined && startAt !== undefined)
    return yield* invalid("a start has either a delay or a startAt, not both")
  const isDebounced = policy === "debounce"
  if (isDebounced && delay === undefined)
    return yield* invalid("a start by debounce has a delay: for so long it waits whether another one takes its place")
  if (maxDelay !== undefined && !isDebounced)
    return yield* invalid("maxDelay is for starts by debounce: say policy debounce, or leave it out")
  if (delay === undefined && startAt === undefined) return noTimes
  const time = startAt === undefined ? now + Math.max(0, lengthOf(delay)) : timeOf(startAt)
  // Also what the types do not let through, as text: that is no number of milliseconds.
  const due = Math.min(Math.ceil(time), lastMoment)
  if (Number.isNaN(due))
    return yield* invalid(
      startAt === undefined
        ? 'the delay of a start is no length of time: give it as "90 seconds", "2 days" or in milliseconds'
        : "the startAt of a start is no time: give it as a Date, a DateTime.Utc, or in milliseconds since 1970"
    )
  if (!isDebounced) return due <= now ? noTimes : ({ notBefore: due } satisfies StartTimes as StartTimes)
  const latest = maxDelay === undefined ? now + 10 * (due - now) : now + lengthOf(maxDelay)
  if (Number.isNaN(latest) || latest < due)
    return yield* invalid("the maxDelay of a start is a time no shorter than its delay; Infinity for none")
  return { notBefore: due, notAfter: Math.min(Math.ceil(latest), lastMoment) } satisfies StartTimes as StartTimes
})

const noTimes: StartTimes = {}

const timeOf = (time: NonNullable<StartChoices["startAt"]>): number => {
  if (typeof time === "number") return time
  return time instanceof Date ? time.getTime() : (time?.epochMilliseconds ?? Number.NaN)
}
