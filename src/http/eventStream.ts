import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import { assertSettings } from "../actor/definitions/assertOptions.ts"
import type { StreamDefinition } from "../actor/definitions/definition.ts"
import { Client } from "../client/client.ts"
import type { StreamItem, StreamReadOptions } from "../client/output/streamItem.ts"
import { endEvent, endId, eventStreamHeaders, failedEvent, itemEvent, positionOf, retryLine } from "./eventTexts.ts"

export interface EventStreamOptions extends Pick<StreamReadOptions, "tries"> {
  /** Between two comments that keep proxies from closing a quiet connection. Default 15 seconds. */
  readonly keepAliveMs?: number
  /** How long a browser waits before it comes back after a break. Undefined: as long as it likes. Default 1,000. */
  readonly retryMs?: number | undefined
  /** More headers, such as `access-control-allow-origin`. */
  readonly headers?: Readonly<Record<string, string>>
}

/**
 * What a run emits to a stream, as server-sent events: for the `EventSource` of a browser, from any server that answers with the web's own
 * `Response`. A browser that has lost the connection goes on where it was, by its `Last-Event-ID`; `?from=<position>` says where to begin.
 *
 * | event | data |
 * | --- | --- |
 * | `value` | `{ position, value, at, source }`, the value as the stream's schema encodes it to JSON |
 * | `superseded` | `{ step }`: of that step nothing that came before stands |
 * | `end` | `{}`: the run has ended. Close the `EventSource` then; one that comes back is answered with 204, and stays away |
 * | `failed` | `{ error, message }`: the stream cannot be read on, and the connection ends |
 *
 * Fails with `RunNotFound` before anything is sent.
 *
 * @example
 * const GET = (request: Request) =>
 *   runtime.runPromise(eventStream(request, new URL(request.url).searchParams.get("run") ?? "", tokens))
 */
export const eventStream = Effect.fnUntraced(function* <A>(
  request: Request,
  runId: string,
  stream: StreamDefinition<string, A>,
  options: EventStreamOptions = {}
) {
  assertSettings("eventStream", options, { keepAliveMs: 1, retryMs: 0 })
  const { headers = {}, keepAliveMs = 15_000, tries = "standing" } = options
  const retryMs = "retryMs" in options ? options.retryMs : defaultRetryMs
  const client = yield* Client
  const lastId = request.headers.get("last-event-id")
  if (lastId === endId) return new Response(null, { status: 204, headers })
  yield* client.get(runId)
  const from = positionOf(lastId) ?? positionOf(new URL(request.url).searchParams.get("from")) ?? 0
  let furthest = from
  const events = client.stream(runId, stream, { from, tries }).pipe(
    Stream.map((item: StreamItem<A>) => {
      if (item._tag === "Value") furthest = Math.max(furthest, item.position + 1)
      return eventOf(stream, item, furthest)
    }),
    Stream.concat(Stream.succeed(endEvent)),
    Stream.catch(({ _tag, message }) => Stream.succeed(failedEvent(_tag, message)))
  )
  const comments = Stream.fromSchedule(Schedule.spaced(keepAliveMs)).pipe(Stream.map(() => ": still here\n\n"))
  const text = Stream.concat(
    // A comment says that the stream has begun: else nothing goes out before there is something to tell.
    Stream.succeed(retryMs === undefined ? ": here\n\n" : retryLine(retryMs)),
    Stream.merge(events, comments, { haltStrategy: "left" })
  )
  const body = yield* Stream.toReadableStreamEffect(Stream.encodeText(text))
  return new Response(body, {
    status: 200,
    headers: { ...eventStreamHeaders, ...headers }
  })
})

const defaultRetryMs = 1_000

const eventOf = <A>(stream: StreamDefinition<string, A>, item: StreamItem<A>, next: number): string => {
  if (item._tag === "Superseded") return itemEvent(item, next)
  const encoded = stream.codec().encode(item.value)
  const value = Result.isSuccess(encoded) ? encoded.success.payload.json : "null"
  return itemEvent({ ...item, value }, next)
}
