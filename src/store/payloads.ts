import { createHash } from "node:crypto"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import {
  type InlinePayload,
  isOpen,
  isReference,
  type Payload,
  type PayloadReference
} from "../actor/values/payload.ts"
import { isSealedText } from "../actor/values/sealed.ts"
import { PayloadAltered, PayloadMissing, StoreRefused, StoreUnavailable } from "./errors.ts"

/**
 * Content-addressed objects for what is too large to stand in a row. Contract: `test/store/payloadsContract.ts`.
 */
export class Payloads extends Context.Service<
  Payloads,
  {
    /**
     * Put and verified when it returns. Putting the same content again is free of effect. `contentSha256`: of the text, where the object is named
     * by something else. Default: `sha256`.
     */
    readonly put: (
      sha256: string,
      text: string,
      contentSha256?: string
    ) => Effect.Effect<void, StoreUnavailable | StoreRefused>
    /** The text as it is there now, unverified; undefined if it is not. */
    readonly get: (sha256: string) => Effect.Effect<string | undefined, StoreUnavailable | StoreRefused>
    /** Encoded bytes up to which a payload stands in the row itself. Default 256 KiB, at least 4 KiB. */
    readonly inlineLimitBytes: number
  }
>()("dynactor/Payloads") {}

export const defaultInlineLimitBytes = 262_144

/** A queue message holds at most this much payload; beyond it carries a reference. Below SQS's 256 KiB with room for the rest. */
export const queueInlineLimitBytes = 196_608

/**
 * The payload as it goes into a row: itself, or, past the limit, a reference to an object that is there by then. `known`: one whose object is
 * there, and which is not put again.
 */
export const offload = (
  payload: Payload,
  limit?: number,
  known?: Payload
): Effect.Effect<Payload, StoreUnavailable | StoreRefused, Payloads> =>
  // The common case costs nothing.
  isReference(payload) || isSurelySmall(payload) ? Effect.succeed(payload) : offloadLarge(payload, limit, known)

/** Whatever the limit and the characters. */
export const isSurelySmall = (payload: Payload): boolean => !isReference(payload) && payload.json.length < 1_024

const offloadLarge = Effect.fnUntraced(function* (
  payload: InlinePayload,
  limit: number | undefined,
  known: Payload | undefined
) {
  const payloads = yield* Payloads
  const limitBytes = Math.min(limit ?? payloads.inlineLimitBytes, payloads.inlineLimitBytes)
  // A UTF-16 unit is at most three bytes of UTF-8.
  if (payload.json.length * 3 <= limitBytes) return payload
  const bytes = Buffer.byteLength(payload.json)
  if (bytes <= limitBytes) return payload
  const sha256 = createHash("sha256").update(payload.json).digest("hex")
  const isThere = known !== undefined && isReference(known) && known.sha256 === sha256
  if (!isThere) yield* payloads.put(sha256, payload.json)
  return { sha256, bytes } satisfies Payload
})

/** The payload with its text, whose hash is checked (S11). */
export const load = (
  payload: Payload
): Effect.Effect<InlinePayload, StoreUnavailable | StoreRefused | PayloadMissing | PayloadAltered, Payloads> =>
  isOpen(payload)
    ? Effect.succeed(payload)
    : isReference(payload)
      ? loadReference(payload)
      : Effect.fail(whyUnopened(payload))

/** A sealed text as an error: one of those that a value elsewhere may be met with as well. */
const whyUnopened = ({ unopened }: InlinePayload): StoreUnavailable | StoreRefused | PayloadAltered => {
  const operation = "Payloads.open"
  if (unopened === undefined) {
    return new StoreRefused({ operation, message: `${withoutCodec}; ${giveCodec}`, mend: giveCodec })
  }
  const { mend, message, reason } = unopened
  if (reason === "away") return new StoreUnavailable({ operation, message })
  if (reason === "altered") return new PayloadAltered({ message })
  return new StoreRefused(
    mend === undefined ? { operation, message } : { operation, message: `${message}; ${mend}`, mend }
  )
}

/** Why a payload cannot be opened here; undefined: it can, or is kept elsewhere. */
export const whySealed = (payload: Payload): string | undefined =>
  isReference(payload) || !isSealedText(payload.json) ? undefined : (payload.unopened?.message ?? withoutCodec)

export const withoutCodec = "it is sealed, and this process has no codec to open it with"
export const giveCodec =
  "give this process the codec with which the runs of this store are sealed (docs/guide/encryption.md)"

const loadReference = Effect.fnUntraced(function* (payload: PayloadReference) {
  const payloads = yield* Payloads
  const { sha256 } = payload
  const json = yield* payloads.get(sha256)
  if (json === undefined) {
    return yield* new PayloadMissing({
      message: `the payload object ${sha256} (${payload.bytes} bytes) is missing`,
      sha256
    })
  }
  if (createHash("sha256").update(json).digest("hex") !== sha256) {
    return yield* new PayloadAltered({
      message: `the payload object ${sha256} was altered: its content has another hash`,
      sha256
    })
  }
  return { json } satisfies InlinePayload
})
