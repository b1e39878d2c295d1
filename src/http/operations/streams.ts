import * as Effect from "effect/Effect"
import type { AnyStream } from "../../actor/definitions/definition.ts"
import { isName } from "../../actor/definitions/name.ts"
import { OutputReader } from "../../client/output/outputReader.ts"
import type { StreamItem } from "../../client/output/streamItem.ts"
import type { StreamQuery } from "../definition/queries.ts"
import { StreamUnknown } from "../errors.ts"
import type { ApiResponse } from "./response.ts"

/**
 * `{ items, next, isOver }`: a page of what the run has emitted to a stream, from the position `from` on. Where there is nothing yet it waits
 * up to `waitMs`. Go on from `next` until `isOver`. A value is as the stream's schema encodes it to JSON.
 */
export const answerStream = Effect.fnUntraced(function* (
  { from = 0, limit = 100, tries = "all", waitMs = 0 }: typeof StreamQuery.Type,
  streams: ReadonlyArray<AnyStream> | undefined,
  runId: string,
  name: string
) {
  const isKnown = streams === undefined ? isName(name) : streams.some((one) => one.streamName === name)
  if (!isKnown) {
    const known = streams?.map((one) => one.streamName).join(", ")
    const message = `there is no stream ${name}${known === undefined ? "" : `; there are ${known || "none"}`}`
    return yield* new StreamUnknown({ message })
  }
  const reader = new OutputReader({ runId, name }, { from, tries })
  const page = yield* reader.next(waitMs)
  const rest = page.items[limit]
  const items = page.items.slice(0, limit).map(shown)
  const body =
    rest === undefined
      ? { items, next: page.position, isOver: page.isOver }
      : { items, next: rest.position, isOver: false }
  return { status: 200, body } satisfies ApiResponse
})

const shown = (item: StreamItem<string>): StreamItem<unknown> =>
  item._tag === "Value" ? { ...item, value: JSON.parse(item.value) } : item
