import type * as Context from "effect/Context"
import * as Result from "effect/Result"
import type { Actor } from "../../../actor/actor.ts"
import { limitOfPlace, limitWorkflowName, placeOfLimiter } from "../../../actor/calls/limits/limitNames.ts"
import { placeGiven, shownLimit } from "../../../actor/calls/limits/limitParts.ts"
import { runIdOf } from "../../../actor/history/generation.ts"
import type { HeadCommit } from "../../../store/commits.ts"
import { instruments } from "../../../store/telemetry/instruments.ts"

/** How full a key of a limit is, as its run has left it with this commit: by limit, as there is no end of keys. */
export const countPlaces = (
  services: Context.Context<never>,
  { runId, states, workflow }: Actor,
  { notices }: Pick<HeadCommit, "notices">,
  at: number
): void => {
  if (workflow.workflowName !== limitWorkflowName) return
  const limit = limitOfPlace(placeOfLimiter(runIdOf(runId)))
  const shown = states.all.find(({ name }) => name === shownLimit.stateName)
  const status = shown === undefined ? undefined : Result.getOrUndefined(shownLimit.codec().decode(shown.payload))
  if (status === undefined) return
  const { held, queued, waitingSince } = status
  instruments.placesHeld.add(services, held, limit)
  instruments.placesWaiting.add(services, queued, limit)
  instruments.placeWaitMs.add(services, waitingSince === null ? 0 : Math.max(0, at - waitingSince), limit)
  const given = notices.filter(({ message }) => message.kind === "signal" && message.name === placeGiven.name).length
  if (given > 0) instruments.placesGiven.add(services, given, limit)
}
