import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"

interface Event {
  readonly id?: string | undefined
}

interface Tagged {
  readonly _tag: string
}

/** Between two connections. */
const pauseMs = 500

/**
 * Events over as many connections as it takes: where one is lost it is made again, behind the last event. Ends with the event that `isLast`, or where
 * `connect` has nothing any more. Fails as the endpoint does, and with an `HttpClientError` where nobody answers at first.
 */
export const resumed = <A extends Event, E extends Tagged, E2 extends Tagged, R>(
  connect: (lastId: string | undefined) => Effect.Effect<Stream.Stream<A, E2, R> | undefined, E, R>,
  isLast: (event: A) => boolean
): Stream.Stream<A, E | E2, R> =>
  Stream.suspend(() => {
    let lastId: string | undefined
    let isOpen = false
    let isOver = false
    const connection = Stream.suspend(() =>
      Stream.unwrap(
        Effect.map(connect(lastId), (events) => {
          isOpen = true
          isOver = events === undefined
          return events ?? Stream.empty
        })
      )
    ).pipe(
      Stream.map((event) => {
        lastId = event.id ?? lastId
        isOver = isLast(event) || isOver
        return event
      })
    )
    const all: Stream.Stream<A, E | E2, R> = connection.pipe(
      Stream.catch((error) => (error._tag === "HttpClientError" && isOpen ? Stream.empty : Stream.fail(error))),
      Stream.concat(
        Stream.suspend(() =>
          isOver ? Stream.empty : Stream.concat(Stream.fromEffectDrain(Effect.sleep(pauseMs)), all)
        )
      )
    )
    return all
  })
