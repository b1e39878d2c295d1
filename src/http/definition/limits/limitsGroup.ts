import * as HttpApiEndpoint from "effect/http-api/HttpApiEndpoint"
import * as HttpApiGroup from "effect/http-api/HttpApiGroup"
import * as OpenApi from "effect/http-api/OpenApi"
import * as Schema from "effect/Schema"
import { LimitShown, LimitsPage } from "../answers.ts"
import { errors } from "../apiError.ts"
import { Authentication } from "../middleware.ts"
import { LimitsQuery } from "../queries.ts"
import { routes } from "../routes.ts"

const says = (summary: string, description: string) => OpenApi.annotations({ summary, description })

const limits = HttpApiEndpoint.get("limits", routes.limits.path, {
  query: LimitsQuery,
  success: LimitsPage,
  error: errors("CursorInvalid")
}).annotateMerge(
  says(
    "Keys of limits, how many places are held and how many wait",
    "Those whose run began last first. May lag behind by a second."
  )
)

const limit = HttpApiEndpoint.get("limit", routes.limit.path, {
  params: { id: Schema.String },
  success: LimitShown,
  error: errors("RunNotFound")
}).annotateMerge(says("One key of a limit: `<limit>/<key>`", "As of the last commit of the run that gives its places."))

/** What holds runs and steps back. */
export class LimitsGroup extends HttpApiGroup.make("limits")
  .add(limits, limit)
  .middleware(Authentication)
  .annotate(OpenApi.Title, "Limits") {}
