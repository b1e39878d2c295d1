import * as HttpApiEndpoint from "effect/http-api/HttpApiEndpoint"
import * as HttpApiGroup from "effect/http-api/HttpApiGroup"
import * as OpenApi from "effect/http-api/OpenApi"
import { Counts, Definitions } from "./answers.ts"
import { errors } from "./apiError.ts"
import { Authentication } from "./middleware.ts"
import { routes } from "./routes.ts"

const says = (summary: string, description: string) => OpenApi.annotations({ summary, description })

const counts = HttpApiEndpoint.get("counts", routes.counts.path, { success: Counts, error: errors() }).annotateMerge(
  says(
    "How many runs there are of each status",
    "Up to 1,000 each. Where there are many they are counted anew every ten seconds."
  )
)

const definitions = HttpApiEndpoint.get("definitions", routes.definitions.path, {
  success: Definitions,
  error: errors()
}).annotateMerge(says("What can be started, and what runs can be told", "As the deployment knows it."))

/** The deployment as a whole. */
export class SystemGroup extends HttpApiGroup.make("system")
  .add(counts, definitions)
  .middleware(Authentication)
  .annotate(OpenApi.Title, "Deployment") {}
