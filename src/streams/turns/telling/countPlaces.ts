import type * as Context from "effect/Context"
import * as Result from "effect/Result"
import type { Actor } from "../../../actor/actor.ts"
import { limitOfPlace, limitWorkflowName, placeOfLimiter } from "../../../actor/calls/limits/limitNames.ts"
import { shownLimit } from "../../../actor/calls/limits/limitParts.ts"
import type { LimitState, LimitStatus } from "../../../actor/calls/limits/limitSpec.ts"
import { runIdOf } from "../../../actor/history/generation.ts"
import { isReference } from "../../../actor/values/payload.ts"
import { instruments } from "../../../store/telemetry/instruments.ts"

/** All that this limiter has ever given, as its actor stands. Undefined: it is none, or begins. */
export const placesGivenBy = (actor: Actor): number | undefined =>
  actor.workflow.workflowName === limitWorkflowName ? statusOf(actor)?.total : undefined

/**
 * How full a key of a limit is, as its run has left it with this commit: by limit, as there is no end of keys. `givenBefore`: by the commit before it. What a limiter
 * sends says less of that: it also sends who waits away as it ends, and a place that a run keeps is told once more.
 */
export const countPlaces = (
  services: Context.Context<never>,
  actor: Actor,
  givenBefore: number | undefined,
  at: number
): void => {
  if (actor.workflow.workflowName !== limitWorkflowName) return
  const limit = limitOfPlace(placeOfLimiter(runIdOf(actor.runId)))
  const status = statusOf(actor)
  if (status === undefined) return
  const { held, queued, total, waitingSince } = isOver(actor) ? { ...status, ...nobody } : status
  instruments.placesHeld.add(services, held, limit)
  instruments.placesWaiting.add(services, queued, limit)
  instruments.placeWaitMs.add(services, waitingSince === null ? 0 : Math.max(0, at - waitingSince), limit)
  const given = total - (givenBefore ?? givenAtStart(actor))
  if (given > 0) instruments.placesGiven.add(services, given, limit)
}

/** By the generations before this one. */
const givenAtStart = ({ start, workflow }: Actor): number => {
  if (start === undefined || isReference(start.input)) return 0
  const decoded = workflow.input().decode(start.input)
  return Result.isSuccess(decoded) ? (decoded.success as LimitState).total : 0
}

/** It has shown what was so when it went on. Whoever waited asks the one that comes after it. */
const isOver = ({ outcome }: Actor): boolean => outcome !== undefined && outcome.tag !== "continued"

const nobody = { held: 0, queued: 0, waitingSince: null } satisfies Partial<LimitStatus>

const statusOf = ({ states }: Actor): LimitStatus | undefined => {
  const shown = states.all.find(({ name }) => name === shownLimit.stateName)
  return shown === undefined ? undefined : Result.getOrUndefined(shownLimit.codec().decode(shown.payload))
}
