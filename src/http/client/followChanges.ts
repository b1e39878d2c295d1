import * as Stream from "effect/Stream"
import type { HttpApi } from "./httpClient.ts"
import { resumed } from "./resumed.ts"

/**
 * Which runs change, live: ids of runs, or `null` where some have changed and it is not known which, as after a break that was long. It says which,
 * and not how: read them. Where the connection is lost it is made again, and goes on behind the last event. Fails with `EventsUnavailable` where the API
 * is a function, which holds no connection open: list runs every few seconds then.
 *
 * @example
 * yield* followChanges(api).pipe(Stream.runForEach((runIds) => refresh(runIds)))
 */
export const followChanges = (api: HttpApi) =>
  resumed(
    (lastId) => api.system.changes({ headers: lastId === undefined ? {} : { "last-event-id": lastId } }),
    () => false
  ).pipe(
    Stream.filter((event) => event.event === "changed"),
    Stream.map(({ data }) => data.runIds)
  )
