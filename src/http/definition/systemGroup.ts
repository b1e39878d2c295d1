import * as HttpApiEndpoint from "effect/http-api/HttpApiEndpoint"
import * as HttpApiGroup from "effect/http-api/HttpApiGroup"
import * as HttpApiSchema from "effect/http-api/HttpApiSchema"
import * as OpenApi from "effect/http-api/OpenApi"
import * as Schema from "effect/Schema"
import { DeadLetters } from "../../inspection/shapes/deadLetters.ts"
import { ChangeEvent, Counts, Definitions } from "./answers.ts"
import { errors } from "./apiError.ts"
import { Authentication } from "./middleware.ts"
import { DeadLettersQuery } from "./queries.ts"
import { routes } from "./routes.ts"

const says = (summary: string, description: string) => OpenApi.annotations({ summary, description })

const counts = HttpApiEndpoint.get("counts", routes.counts.path, {
  success: Counts,
  error: errors()
}).annotateMerge(
  says(
    "How many runs there are of each status",
    "Exact in a SQLite file. On DynamoDB up to 1,000 each, and `isMore` beyond. Where there are many they are counted anew every ten seconds."
  )
)

const definitions = HttpApiEndpoint.get("definitions", routes.definitions.path, {
  success: Definitions,
  error: errors()
}).annotateMerge(says("What can be started, and what runs can be told", "As the deployment knows it."))

const changes = HttpApiEndpoint.get("changes", routes.changes.path, {
  headers: { "last-event-id": Schema.optionalKey(Schema.String) },
  success: HttpApiSchema.StreamSse({ events: ChangeEvent }),
  error: errors("EventsUnavailable")
}).annotateMerge(
  says(
    "Which runs change, live, as server-sent events",
    "It says which, and not how: read them. For the `EventSource` of a browser, which goes on by `Last-Event-ID` where it was; what nobody remembers any more is told as one change of all. A function on AWS Lambda holds no connection open: 501, ask for `GET /runs` every few seconds instead."
  )
)

const deadLetters = HttpApiEndpoint.get("deadLetters", routes.deadLetters.path, {
  query: DeadLettersQuery,
  success: DeadLetters,
  error: errors("CursorInvalid")
}).annotateMerge(
  says(
    "Dead letters",
    "Messages of the step queue that nobody has answered, where the store can look into its queue, and steps that have failed by one, among a page of runs."
  )
)

/** The deployment as a whole. */
export class SystemGroup extends HttpApiGroup.make("system")
  .add(counts, definitions, changes, deadLetters)
  .middleware(Authentication)
  .annotate(OpenApi.Title, "Deployment") {}
