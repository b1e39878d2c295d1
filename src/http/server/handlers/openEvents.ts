import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { defineStream } from "../../../actor/calls/stream.ts"
import type { AnyStream } from "../../../actor/definitions/definition.ts"
import { eventStream } from "../../eventStream.ts"
import { checkStream, type EventsRequest } from "../../operations/streams.ts"

/** Server-sent events as long as the connection lasts: for servers. */
export const openEvents = Effect.fnUntraced(function* (
  { lastEventId, from, tries = "standing" }: EventsRequest,
  streams: ReadonlyArray<AnyStream> | undefined,
  runId: string,
  name: string
) {
  yield* checkStream(streams, name)
  const url = new URL(`http://localhost/${from === undefined ? "" : `?from=${from}`}`)
  const request = new Request(url, { headers: lastEventId === undefined ? {} : { "last-event-id": lastEventId } })
  // A client of the definition takes a wish of the server for the end of the stream.
  return yield* eventStream(request, runId, defineStream(name, Schema.Json), { tries, retryMs: undefined })
})
