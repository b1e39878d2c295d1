import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { lookAtHeartbeat, signCallback } from "../../actor/calls/callback.ts"
import { expireUnbegun } from "../../actor/calls/expireUnbegun.ts"
import { askForPlace, limitLook } from "../../actor/calls/limits/limitParts.ts"
import { keepPageName, readPageName } from "../../actor/calls/many/pageStore.ts"
import { scheduleCancel } from "../../actor/calls/schedules/scheduleParts.ts"
import { scheduleRunId } from "../../actor/calls/schedules/scheduleWorkflow.ts"
import type { Step } from "../../actor/definitions/definition.ts"
import { isSystemName } from "../../actor/definitions/name.ts"
import type { StepCommand } from "../../actor/history/command.ts"
import type { Outcome } from "../../actor/history/outcome.ts"
import { Heartbeats } from "../../store/beside/heartbeats.ts"
import { StepMarks } from "../../store/beside/stepMarks.ts"
import { CallbackKeys } from "../../store/callbacks/callbackKeys.ts"
import { writeToken } from "../../store/callbacks/callbackToken.ts"
import type { StoreRefused, StoreUnavailable } from "../../store/errors.ts"
import { askLimiter } from "../../store/limits/askLimiter.ts"
import type { Payloads } from "../../store/payloads.ts"
import { randomToken } from "../../store/randomToken.ts"
import { RunTable } from "../../store/runTable.ts"
import { cancelScheduled } from "../../store/schedules/cancelScheduled.ts"
import { getPage, putPage } from "./keepPages.ts"

/** What system steps need. */
export type SystemServices = CallbackKeys | Heartbeats | Payloads | RunTable | StepMarks

type Run = (
  command: StepCommand,
  runId: string
) => Effect.Effect<Outcome, StoreUnavailable | StoreRefused, SystemServices>

/** A step of the runtime's own, and what it does. It fails as stores do: that is no outcome, and is tried again with the turn. */
export const systemStep = <In, Out>(
  { stepName, input, output }: Step<string, In, Out, never, never>,
  run: (input: In, address: string) => Effect.Effect<Out, StoreUnavailable | StoreRefused, SystemServices>
): readonly [string, Run] => [
  stepName,
  (command, address) =>
    Effect.map(run(Result.getOrThrow(input().decode(command.input)), address), (answer) => ({
      tag: "succeeded",
      payload: Result.getOrThrow(output().encode(answer)).payload
    }))
]

/** The address is that of the run that asks: one that a copy has asked for where it was another has that one's in its input. */
const systemSteps: ReadonlyMap<string, Run> = new Map<string, Run>([
  [keepPageName, putPage],
  [readPageName, getPage],
  systemStep(signCallback, ({ index, key, timeoutMs }, address) =>
    Effect.gen(function* () {
      const keys = yield* CallbackKeys
      const current = yield* keys.current
      const signedAt = yield* Clock.currentTimeMillis
      const expiresAt = timeoutMs === null ? undefined : signedAt + timeoutMs
      const token = writeToken(current, keys.tenant, { address, key, index, expiresAt })
      return { token, url: keys.url === undefined ? null : `${keys.url}/callbacks/${token}`, signedAt }
    })
  ),
  systemStep(lookAtHeartbeat, ({ id }, address) =>
    Effect.gen(function* () {
      const now = yield* Clock.currentTimeMillis
      // Its doorbell may be under way: who has answered is not silent.
      if ((yield* (yield* RunTable).readMessage(address, id)) !== undefined) return now
      const last = yield* (yield* Heartbeats).last(address, id)
      // A clock that is ahead must not make for a longer silence.
      return last === undefined ? null : Math.min(last, now)
    })
  ),
  systemStep(expireUnbegun, ({ key }, address) =>
    Effect.gen(function* () {
      const marks = yield* StepMarks
      const [token, at] = [yield* randomToken, yield* Clock.currentTimeMillis]
      const there = yield* marks.write(address, key, { version: 1, token, attempt: 0, at, expired: true })
      // A turn that lost its race may have done it.
      return there === undefined || there.expired === true
    })
  ),
  systemStep(askForPlace, (ask) => {
    const { channel, id } = ask.who
    return Effect.map(askLimiter(ask), (why) => ({ place: ask.place, channel, id, why }))
  }),
  systemStep(limitLook, () => Clock.currentTimeMillis),
  systemStep(scheduleCancel, ({ schedule, runId }) => Effect.as(cancelScheduled(scheduleRunId(schedule), runId), null))
])

/** Undefined: it is a step of the user's. */
export const systemStepOf = (name: string): Run | undefined => (isSystemName(name) ? systemSteps.get(name) : undefined)
