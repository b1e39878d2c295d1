import * as Schema from "effect/Schema"
import { defineSystemStep } from "../../definitions/callbacks/systemStep.ts"
import { LimitSpec } from "../../definitions/limits/limitUse.ts"
import { makeState } from "../../definitions/outside/state.ts"
import { makeSignal } from "../../definitions/signal.ts"
import { limitWorkflowName } from "./limitNames.ts"
import { LimitNews, LimitStatus, Waiting } from "./limitSpec.ts"

/** What runs tell a limiter: its run receives nothing else. */
export const limitNews = makeSignal(limitWorkflowName, LimitNews)

/** A limiter gives a place. `again`: it has ended, and who waited asks whoever comes after it. */
export const placeGiven = makeSignal(
  `${limitWorkflowName}.place`,
  Schema.Struct({ id: Schema.String, again: Schema.Boolean })
)

export const shownLimit = makeState(`${limitWorkflowName}.status`, LimitStatus)

/** Asked of the host: this one waits for a place from now on. Answers with what it had asked for, whatever the code says later. */
export const askForPlace = defineSystemStep("limit.ask", {
  input: Schema.Struct({
    limit: Schema.String,
    key: Schema.String,
    place: Schema.String,
    spec: LimitSpec,
    who: Waiting
  }),
  output: Schema.Struct({
    place: Schema.String,
    channel: Schema.String,
    id: Schema.String,
    why: Schema.NullOr(Schema.String)
  })
})

/** Asked of the host: what time is it? A run's own clock shows when its last message was sent. */
export const limitLook = defineSystemStep("limit.look", { input: Schema.Null, output: Schema.Int })
