import * as Effect from "effect/Effect"
import type { AnyStream } from "../../actor/definitions/definition.ts"
import { isName } from "../../actor/definitions/name.ts"
import type { Json } from "../../actor/values/json.ts"
import { OutputReader } from "../../client/output/outputReader.ts"
import type { StreamItem } from "../../client/output/streamItem.ts"
import { hidePublished } from "../../inspection/timeline/hidePublished.ts"
import { sealedTextOf, shownSealed } from "../../store/beside/sealedValue.ts"
import type { StreamQuery } from "../definition/queries.ts"
import { StreamUnknown } from "../errors.ts"
import { endEvent, endId, itemEvent, positionOf, retryLine } from "../eventTexts.ts"
import type { ApiDefinitions } from "./definitions.ts"
import type { ApiResponse } from "./response.ts"

/**
 * `{ items, next, isOver }`: a page of what the run has emitted to a stream, from the position `from` on. Where there is nothing yet it waits
 * up to `waitMs`. Go on from `next` until `isOver`. A value is as the stream's schema encodes it to JSON.
 */
export const answerStream = Effect.fnUntraced(function* (
  { from = 0, limit = 100, secrets, tries = "all", waitMs = 0 }: typeof StreamQuery.Type,
  { steps = [], streams, workflows }: ApiDefinitions,
  runId: string,
  name: string
) {
  yield* checkStream(streams, name)
  const reader = new OutputReader({ runId, name }, { from, tries })
  const page = yield* reader.next(waitMs)
  const rest = page.items[limit]
  const codec = streams?.find(({ streamName }) => streamName === name)?.codec
  const hide =
    secrets === undefined || page.items.length === 0
      ? undefined
      : yield* hidePublished(runId, { kind: "emit", name, codec }, { workflows, steps })
  const items = page.items.slice(0, limit).map((item) => shown(item, hide))
  const body =
    rest === undefined
      ? { items, next: page.position, isOver: page.isOver }
      : { items, next: rest.position, isOver: false }
  return { status: 200, body } satisfies ApiResponse
})

/** One of those that the deployment shows, if it says which. */
export const checkStream = (
  streams: ReadonlyArray<AnyStream> | undefined,
  name: string
): Effect.Effect<void, StreamUnknown> => {
  if (streams === undefined ? isName(name) : streams.some((one) => one.streamName === name)) return Effect.void
  const known = streams?.map((one) => one.streamName).join(", ")
  const message = `there is no stream ${name}${known === undefined ? "" : `; there are ${known || "none"}`}`
  return Effect.fail(new StreamUnknown({ message }))
}

const shown = (item: StreamItem<string>, hide: (value: Json) => Json = (value) => value): StreamItem<unknown> =>
  item._tag !== "Value"
    ? item
    : { ...item, value: sealedTextOf(item.value) === undefined ? hide(JSON.parse(item.value)) : shownSealed }

export interface EventsRequest {
  /** Of `Last-Event-ID`: where a connection before was lost. */
  readonly lastEventId?: string | undefined
  readonly from?: number | undefined
  readonly tries?: "all" | "standing" | undefined
}

/**
 * Those that there are by now, or come within `mostEventsWaitMs`: for functions, which answer once. A browser comes back for the others by itself, with
 * its `Last-Event-ID`.
 */
export const someEvents = Effect.fnUntraced(function* (
  { lastEventId, from, tries = "standing" }: EventsRequest,
  streams: ReadonlyArray<AnyStream> | undefined,
  runId: string,
  name: string
) {
  yield* checkStream(streams, name)
  if (lastEventId === endId) return { status: 204, body: undefined } satisfies ApiResponse
  const reader = new OutputReader({ runId, name }, { from: positionOf(lastEventId) ?? from ?? 0, tries })
  const { isOver, items, position } = yield* reader.next(mostEventsWaitMs)
  let furthest = 0
  const events = items.map((item) => {
    if (item._tag === "Value") furthest = Math.max(furthest, item.position + 1)
    return itemEvent(item, furthest || position)
  })
  const text = [retryLine(comeBackMs), ...events, ...(isOver ? [endEvent] : [])].join("")
  return { status: 200, body: undefined, events: text } satisfies ApiResponse
})

const mostEventsWaitMs = 15_000
const comeBackMs = 250
