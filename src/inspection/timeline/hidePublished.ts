import * as Effect from "effect/Effect"
import type { Json } from "../../actor/values/json.ts"
import type { Code } from "../replay/replayRun.ts"
import { redactedEncoder } from "../values/redactedEncoder.ts"
import type { CodecOf } from "../values/showValue.ts"
import { readSource } from "./source.ts"

/** What stands in the place of a value whose schema is not known: nobody knows what in it is secret. */
export const hiddenText = "<hidden: no schema of it is known here>"

/**
 * Takes what is secret out of what a run publishes, a state or what it emits: by the definition if there is one, else by the one that the run
 * itself has used, as a replay tells.
 */
export const hidePublished = Effect.fnUntraced(function* (
  runId: string,
  published: { readonly kind: "state" | "emit"; readonly name: string; readonly codec: CodecOf },
  code: Code
) {
  const { kind, name } = published
  const codec = published.codec ?? (yield* readSource(runId, undefined, code)).codecs.ofCommand({ kind, name }).input
  if (codec === undefined) return (): Json => hiddenText
  const encode = redactedEncoder(codec().schema)
  return (stored: Json): Json => {
    try {
      return encode === undefined ? stored : encode(stored)
    } catch (error) {
      return `<hidden: ${error instanceof Error ? error.message : String(error)}>`
    }
  }
})
