import * as HttpApi from "effect/http-api/HttpApi"
import * as OpenApi from "effect/http-api/OpenApi"
import { CallbacksGroup, WebhooksGroup } from "./callbacksGroup.ts"
import { InspectionGroup } from "./inspectionGroup.ts"
import { LimitsGroup } from "./limits/limitsGroup.ts"
import { RequestErrors } from "./middleware.ts"
import { RunsGroup } from "./runsGroup.ts"
import { SchedulesGroup } from "./schedulesGroup.ts"
import { SystemGroup } from "./systemGroup.ts"

/** What is not known is refused, as a slip of the pen would otherwise go unseen. */
const strict = { onExcessProperty: "error" } as const

/** The API: of this come the server, the OpenAPI document and the typed client. */
export class DynactorApi extends HttpApi.make("dynactor")
  .add(RunsGroup)
  .add(InspectionGroup)
  .add(CallbacksGroup)
  .add(WebhooksGroup)
  .add(SchedulesGroup)
  .add(LimitsGroup)
  .add(SystemGroup)
  .middleware(RequestErrors)
  .annotate(HttpApi.PayloadParseOptions, strict)
  .annotate(HttpApi.QueryParseOptions, strict)
  .annotate(OpenApi.Title, "dynactor")
  .annotate(OpenApi.Version, "1")
  .annotate(OpenApi.Description, "Runs of durable workflows: start, watch, tell and cancel them.") {}
