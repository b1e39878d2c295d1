import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { StreamEvent } from "../definition/answers.ts"
import { ApiError } from "../definition/apiError.ts"
import type { HttpApi } from "./httpClient.ts"
import { resumed } from "./resumed.ts"

type Event = typeof StreamEvent.Type

export interface FollowOptions {
  readonly runId: string
  /** Of the output stream. */
  readonly name: string
  /** The position to begin with. Negative: so many values before the end that there is now. Default 0. */
  readonly from?: number
  /** See `client.stream`. Default "standing". */
  readonly tries?: "standing" | "all"
}

/** What comes of a stream: values, and notes that what a step's try had emitted does not stand. */
export type Followed = Extract<Event, { readonly event: "value" | "superseded" }>

/**
 * What a run emits, live, until it has ended. Where the connection is lost it is made again, and goes on behind the last event: nothing is lost,
 * and nothing comes twice. Fails as the endpoint does, and with an `HttpClientError` where nobody answers at first.
 *
 * @example
 * yield* followEvents(api, { runId: "chat-17", name: "tokens" }).pipe(
 *   Stream.runForEach((item) => (item.event === "value" ? show(item.data.value) : clear(item.data.step)))
 * )
 */
export const followEvents = (api: HttpApi, { runId, name, ...query }: FollowOptions) =>
  resumed(
    (lastId) =>
      Effect.map(
        api.runs.events({
          params: { id: runId, name },
          query,
          headers: lastId === undefined ? {} : { "last-event-id": lastId }
        }),
        // 204: there is nothing behind the last event.
        (answer) => (Stream.isStream(answer) ? answer : undefined)
      ),
    ({ event }) => event === "end"
  ).pipe(
    Stream.mapEffect((event) => (event.event === "failed" ? Effect.fail(toError(event.data)) : Effect.succeed(event))),
    Stream.filter((event): event is Followed => event.event === "value" || event.event === "superseded")
  )

const toError = ({ error, message }: { readonly error: string; readonly message: string }) =>
  new ApiError(error, message, 200)
