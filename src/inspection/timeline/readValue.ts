import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { LibraryError } from "../../actor/errorPages.ts"
import { payloadOf } from "../../actor/history/message.ts"
import { lazyCodec } from "../../actor/values/codec.ts"
import type { Payload } from "../../actor/values/payload.ts"
import { load, whySealed } from "../../store/payloads.ts"
import type { Schemas } from "../replay/codecs.ts"
import type { Code } from "../replay/replayRun.ts"
import type { ShownValue } from "../shapes/value.ts"
import { type CodecOf, type ShowOptions, showValue } from "../values/showValue.ts"
import { readSource, type TimelineSource } from "./source.ts"

/** No value of the run has this name. */
export class ValueNotFound extends LibraryError<ValueNotFound>()("ValueNotFound", {
  message: Schema.String,
  ref: Schema.String
}) {}

export interface ValueOptions extends Code, Pick<ShowOptions, "values"> {
  /** Default: the newest. */
  readonly generation?: number
}

/**
 * One value of a timeline, whole: `ref` is what the timeline gives with it. Fails with {@link ValueNotFound}, `RunNotFound`,
 * `StoreUnavailable` or `StoreRefused`; one whose object is missing or altered is told as `unreadable`.
 */
export const readValue = Effect.fnUntraced(function* (runId: string, ref: string, options: ValueOptions = {}) {
  const source = yield* readSource(runId, options.generation, options)
  const found = find(source, ref)
  if (found === undefined) return yield* new ValueNotFound({ ref, message: `run ${runId} has no value ${ref}` })
  const { codec, payload } = found
  const show = (payload: Payload) => showValue(payload, codec, ref, { ...options, mostValueChars: Infinity })
  // What is not shown is not read either.
  if (whySealed(payload) !== undefined) return show(payload)
  if (codec === undefined && options.values !== "stored") return show(payload)
  const unreadable = ({ message }: { readonly message: string }) => {
    const bytes = "bytes" in payload ? payload.bytes : 0
    return Effect.succeed<ShownValue>({ bytes, hidden: "unreadable", why: message, ref })
  }
  return yield* load(payload).pipe(
    Effect.map(show),
    Effect.catchTags({ PayloadMissing: unreadable, PayloadAltered: unreadable })
  )
})

interface Found {
  readonly payload: Payload
  readonly codec: CodecOf
}

const find = ({ codecs, commands, history }: TimelineSource, ref: string): Found | undefined => {
  const [, kind, rest = ""] = /^(message|command|outcome)(?:\/(.*))?$/s.exec(ref) ?? []
  if (kind === "outcome") {
    const { head, start } = history
    const outcome = head?.outcome
    if (outcome === undefined || outcome.tag === "continued") return undefined
    return {
      payload: outcome.payload,
      codec: answerCodec(outcome, codecs.workflow(start.workflow, start.definitionVersion))
    }
  }
  if (kind === "message") {
    const message = history.messages.get(rest)
    const payload = message && payloadOf(message)
    if (message === undefined || payload === undefined) return undefined
    const schemas = codecs.ofMessage(message)
    return { payload, codec: "outcome" in message ? answerCodec(message.outcome, schemas) : schemas.input }
  }
  const [, id, part] = /^(.*)\/(input|output)$/s.exec(rest) ?? []
  const command = commands.find((one) => one.id === id)
  if (command === undefined) return undefined
  const schemas = codecs.ofCommand(command)
  if (part === "input") return command.input && { payload: command.input, codec: schemas.input }
  return command.outcome && { payload: command.outcome.payload, codec: answerCodec(command.outcome, schemas) }
}

/** Defects and reasons have no schema, and no secrets of one: they are told as they are. */
const answerCodec = ({ tag }: { readonly tag: string }, schemas: Schemas): CodecOf => {
  if (tag === "succeeded") return schemas.output
  return tag === "failed" ? schemas.error : anything
}

const anything = lazyCodec(Schema.Json)
