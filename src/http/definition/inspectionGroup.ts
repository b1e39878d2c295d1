import * as HttpApiEndpoint from "effect/http-api/HttpApiEndpoint"
import * as HttpApiGroup from "effect/http-api/HttpApiGroup"
import * as OpenApi from "effect/http-api/OpenApi"
import * as Schema from "effect/Schema"
import { Comparison } from "../../inspection/shapes/comparison.ts"
import { RunCost } from "../../inspection/shapes/cost.ts"
import { RunTree } from "../../inspection/shapes/run.ts"
import { Timeline } from "../../inspection/shapes/timeline.ts"
import { ShownValue } from "../../inspection/shapes/value.ts"
import { Why } from "../../inspection/shapes/why.ts"
import { Generations, HistoryPage } from "./answers.ts"
import { errors } from "./apiError.ts"
import { Authentication } from "./middleware.ts"
import { GenerationQuery, HistoryQuery, TimelineQuery, ValueQuery } from "./queries.ts"
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
  query: TimelineQuery,
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

const why = HttpApiEndpoint.get("why", routes.why.path, {
  params,
  query: GenerationQuery,
  success: Why,
  error: errors("RunNotFound")
}).annotateMerge(says("Why a run stands where it stands", "In sentences, and what to do about it."))

const compare = HttpApiEndpoint.get("compare", routes.compare.path, {
  params,
  query: GenerationQuery,
  success: Comparison,
  error: errors("RunNotFound")
}).annotateMerge(
  says(
    "Whether the code of the deployment would go on with a run",
    "By a replay that changes nothing; where they part, side by side."
  )
)

const cost = HttpApiEndpoint.get("cost", routes.cost.path, {
  params,
  success: RunCost,
  error: errors("RunNotFound")
}).annotateMerge(
  says("What a run has cost so far", "Request units, calls and dollars on AWS, by its rows, and what is assumed.")
)

const tree = HttpApiEndpoint.get("tree", routes.tree.path, {
  params,
  success: RunTree,
  error: errors("RunNotFound")
}).annotateMerge(
  says("A run among its parents and children", "Of a large family a part, and word that there are more.")
)

const generations = HttpApiEndpoint.get("generations", routes.generations.path, {
  params,
  success: Generations,
  error: errors("RunNotFound")
}).annotateMerge(says("The generations of a run", "One, unless it has continued as new."))

/** Runs as people read them. */
export class InspectionGroup extends HttpApiGroup.make("inspection")
  .add(history, timeline, value, why, compare, cost, tree, generations)
  .middleware(Authentication)
  .annotate(OpenApi.Title, "Inspection") {}
