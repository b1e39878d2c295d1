import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import type { StreamDefinition } from "../../actor/definitions/definition.ts"
import { sealedTextOf } from "../../store/beside/sealedValue.ts"
import { giveCodec } from "../../store/payloads.ts"
import { StreamUnreadable } from "../errors.ts"
import { OutputReader } from "./outputReader.ts"
import type { StreamItem, StreamReadOptions } from "./streamItem.ts"

/** The items of a stream as they come. */
export const readStream = <A>(runId: string, stream: StreamDefinition<string, A>, options: StreamReadOptions) =>
  Stream.suspend(() => {
    const reader = new OutputReader({ runId, name: stream.streamName }, options)
    const { live = true } = options
    return Stream.paginate(undefined, () =>
      Effect.gen(function* () {
        const page = yield* reader.next(live ? Number.POSITIVE_INFINITY : 0)
        const items: Array<StreamItem<A>> = []
        for (const item of page.items) items.push(yield* decodeItem(runId, stream, item))
        const isOver = page.isOver || (!live && page.items.length === 0)
        return [items, isOver ? Option.none() : Option.some(undefined)] as const
      })
    )
  })

const decodeItem = <A>(
  runId: string,
  { codec, streamName: name }: StreamDefinition<string, A>,
  item: StreamItem<string>
): Effect.Effect<StreamItem<A>, StreamUnreadable> => {
  if (item._tag === "Superseded") return Effect.succeed(item)
  if (sealedTextOf(item.value) !== undefined) {
    const { position } = item
    const message = `value ${position} of stream ${name} of run ${runId} is sealed, and this process cannot open it; ${giveCodec}`
    return Effect.fail(new StreamUnreadable({ runId, stream: name, position, message }))
  }
  const decoded = codec().decode({ json: item.value })
  if (Result.isSuccess(decoded)) return Effect.succeed({ ...item, value: decoded.success })
  const { position } = item
  const message = `value ${position} of stream ${name} of run ${runId} does not decode: ${decoded.failure}`
  return Effect.fail(new StreamUnreadable({ runId, stream: name, position, message }))
}
