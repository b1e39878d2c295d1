import * as HttpApiEndpoint from "effect/http-api/HttpApiEndpoint"
import * as HttpApiGroup from "effect/http-api/HttpApiGroup"
import * as OpenApi from "effect/http-api/OpenApi"
import * as Schema from "effect/Schema"
import { Timeline } from "../../inspection/shapes/timeline.ts"
import { ShownValue } from "../../inspection/shapes/value.ts"
import { HistoryPage } from "./answers.ts"
import { errors } from "./apiError.ts"
import { Authentication } from "./middleware.ts"
import { HistoryQuery, ValueQuery } from "./queries.ts"
import { routes } from "./routes.ts"

const params = { id: Schema.String }
const says = (summary: string, description: string) => OpenApi.annotations({ summary, description })

const history = HttpApiEndpoint.get("history", routes.history.path, {
  params,
  query: HistoryQuery,
  success: HistoryPage,
  error: errors("RunNotFound")
}).annotateMerge(
  says(
    "What has happened so far",
    "Messages in the order in which the run has adopted them, then those that it has not adopted yet. What the schemas say is secret is not told."
  )
)

const timeline = HttpApiEndpoint.get("timeline", routes.timeline.path, {
  params,
  query: HistoryQuery,
  success: Timeline,
  error: errors("RunNotFound")
}).annotateMerge(
  says(
    "What has happened, and what the workflow has asked for",
    "The history with steps, timers, children and all else that it led to, by a replay with the code that the deployment has."
  )
)

const value = HttpApiEndpoint.get("value", routes.value.path, {
  params,
  query: ValueQuery,
  success: ShownValue,
  error: errors("RunNotFound", "ValueNotFound")
}).annotateMerge(says("A value of a timeline, whole", "`ref` is what the timeline gives with it."))

/** Runs as people read them. */
export class InspectionGroup extends HttpApiGroup.make("inspection")
  .add(history, timeline, value)
  .middleware(Authentication)
  .annotate(OpenApi.Title, "Inspection") {}
