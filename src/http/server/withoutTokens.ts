import * as HttpBody from "effect/http/HttpBody"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as Stream from "effect/Stream"
import { hideTokens } from "../../store/callbacks/callbackToken.ts"

/**
 * An answer for a caller who may only look. A callback's token stands in the history of its run, and often in what the run hands to steps: who has
 * it may answer, without a key.
 */
export const withoutTokens = (
  response: HttpServerResponse.HttpServerResponse
): HttpServerResponse.HttpServerResponse => {
  const { body } = response
  switch (body._tag) {
    case "Uint8Array": {
      const hidden = hideTokens(Buffer.from(body.body).toString())
      return HttpServerResponse.setBody(response, HttpBody.text(hidden, body.contentType))
    }
    // Server-sent events: each comes as one piece.
    case "Stream": {
      const hidden = Stream.map(body.stream, (piece) => Buffer.from(hideTokens(Buffer.from(piece).toString())))
      return HttpServerResponse.setBody(response, HttpBody.stream(hidden, body.contentType))
    }
    default:
      return response
  }
}
