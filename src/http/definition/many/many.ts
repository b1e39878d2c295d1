import * as HttpApiEndpoint from "effect/http-api/HttpApiEndpoint"
import * as OpenApi from "effect/http-api/OpenApi"
import { errors } from "../apiError.ts"
import { routes } from "../routes.ts"
import { ManyBody, ManyDone } from "./manyBody.ts"

export const many = HttpApiEndpoint.post("many", routes.many.path, {
  payload: ManyBody,
  success: ManyDone,
  error: errors("BadRequest", "CursorInvalid", "TagsInvalid")
}).annotateMerge(
  OpenApi.annotations({
    summary: "Do one thing to many runs",
    description:
      "To those that `where` finds, `limit` of them at most, and for ten seconds or so: ask again with `cursor` for the others, until there is none. One that fails holds up no other. Asked again without `cursor`, and of a retry or reset with the same `requestId`, it goes on with what is left."
  })
)
