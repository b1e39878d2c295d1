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
import { objectName, ownerOf } from "./deletion/payloadNames.ts"
import { PayloadAltered, PayloadMissing, StoreRefused, StoreUnavailable } from "./errors.ts"

/**
 * Content-addressed objects for what is too large to stand in a row. Contract: `test/store/payloadsContract.ts`.
 */
export class Payloads extends Context.Service<
  Payloads,
  {
    /**
     * Put and verified when it returns. Putting the same content again is free of effect. An object's name is the hash of its text, behind its owner's
     * (`deletion/payloadNames.ts`). `contentSha256`: of the text, where the name ends with something else.
     */
    readonly put: (
      name: string,
      text: string,
      contentSha256?: string
    ) => Effect.Effect<void, StoreUnavailable | StoreRefused>
    /** The text as it is there now, unverified; undefined if it is not. */
    readonly get: (name: string) => Effect.Effect<string | undefined, StoreUnavailable | StoreRefused>
    /** Encoded bytes up to which a payload stands in the row itself. Default 256 KiB, at least 4 KiB. */
    readonly inlineLimitBytes: number
  }
>()("dynactor/Payloads") {}

export const defaultInlineLimitBytes = 262_144

/** A queue message holds at most this much payload; beyond it carries a reference. Below SQS's 256 KiB with room for the rest. */
export const queueInlineLimitBytes = 196_608

/**
 * The payload as it goes into a row: itself, or, past the limit, a reference to an object that is there by then. `owner`: the run in whose row it
 * stands, by any address of it; the object is deleted with it. `known`: one whose object is there, and which is not put again.
 */
export const offload = (
  payload: Payload,
  owner: string,
  limit?: number,
  known?: Payload
): Effect.Effect<Payload, StoreUnavailable | StoreRefused, Payloads> =>
  // The common case costs nothing.
  isReference(payload) || isSurelySmall(payload) ? Effect.succeed(payload) : offloadLarge(payload, owner, limit, known)

/** Whatever the limit and the characters. */
export const isSurelySmall = (payload: Payload): boolean => !isReference(payload) && payload.json.length < 1_024

const offloadLarge = Effect.fnUntraced(function* (
  payload: InlinePayload,
  address: string,
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
  const reference = { sha256, bytes, owner: ownerOf(address) } satisfies Payload
  const isThere = known !== undefined && isReference(known) && objectName(known) === objectName(reference)
  if (!isThere) yield* payloads.put(objectName(reference), payload.json)
  return reference
})

/**
 * For the row of another run than that in which it stands: the object is copied, so that each run can be deleted alone. One that cannot be read is
 * referred to as it is, and whoever needs it is told so.
 */
export const copiedFor = Effect.fnUntraced(function* (payload: Payload, owner: string) {
  if (isOwn(payload, owner)) return payload
  const loaded = yield* Effect.result(load(payload))
  if (loaded._tag === "Success") return yield* offload(loaded.success, owner)
  if (loaded.failure._tag === "StoreUnavailable") return yield* loaded.failure
  return payload
})

/** Nothing of it goes when another run is deleted. */
export const isOwn = (payload: Payload, owner: string): boolean =>
  !isReference(payload) || payload.owner === undefined || payload.owner === ownerOf(owner)

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
  const json = yield* payloads.get(objectName(payload))
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
