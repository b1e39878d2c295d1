import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { AnyStream } from "../../definitions/definition.ts"
import { emitUnfit } from "../../history/output/emitted.ts"
import type { PortOptions } from "../portOptions.ts"

export const emit = ({ emits }: PortOptions, stream: AnyStream, value: unknown): Effect.Effect<void> =>
  Effect.suspend(() => {
    const { streamName: name } = stream
    const encoded = stream.codec().encode(value)
    if (Result.isFailure(encoded)) return Effect.die(emitUnfit(name, encoded.failure))
    const refused = emits.add(name, encoded.success.payload.json)
    return refused === undefined ? Effect.void : Effect.die(refused)
  })
