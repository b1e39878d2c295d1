import { createHmac, randomFillSync } from "node:crypto"
import * as Effect from "effect/Effect"
import { openBox, randomBytes, sealBox } from "./aesBox.ts"
import { type AesKey, aesKeyOf } from "./aesKey.ts"
import { definePayloadCodec } from "./definePayloadCodec.ts"
import { CodecRefused, contextBytes, type PayloadCodec, SealBroken } from "./payloadCodec.ts"

export interface AesGcmOptions {
  /**
   * Keys by their ids, which stand in clear before what they have sealed: 1 to 32 of `[A-Za-z0-9_.-]`. Those that have been current stay for as long
   * as there is something that they have sealed.
   */
  readonly keys: { readonly [id: string]: AesKey }
  /** The id of the key that seals. */
  readonly current: string
  /** Codecs that still open what they have sealed, such as those of another kind before this one. Default: none. */
  readonly older?: ReadonlyArray<PayloadCodec>
  /** `refuse`: nothing is read that stands in clear. Default `accept`: what was stored before there was a codec is read as it is. */
  readonly clear?: "accept" | "refuse"
  /** Fills an array at random. Default: by the system's generator. For tests. */
  readonly fill?: (bytes: Uint8Array) => void
}

/**
 * Seals with AES-256-GCM and keys that you hold. Every process on the store is given them: hosts, clients, the command line. To change the key, give all
 * processes the new one beside the old, and then make it `current`. Throws on keys that are none.
 *
 * @example
 * const codec = aesGcmCodec({ keys: { "2026-01": process.env.RUNS_KEY ?? "" }, current: "2026-01" })
 * const store = sqliteStore({ filename: "runs.db", codec })
 */
export const aesGcmCodec = (options: AesGcmOptions): PayloadCodec => {
  const { clear, current, fill = randomFillSync, older } = options
  const keys = new Map(Object.entries(options.keys).map(([id, key]) => [id, keyOf(id, key)]))
  const sealing = keys.get(current)
  if (sealing === undefined)
    throw new TypeError(`there is no key ${JSON.stringify(current)} among ${[...keys.keys()].join(", ") || "none"}`)

  return definePayloadCodec({
    name: "aes-gcm",
    seal: (text, context) =>
      Effect.sync(() => {
        const random = new Uint8Array(randomBytes)
        fill(random)
        return sealBox(sealing.bytes, sealing.header, text, contextBytes(context), random)
      }),
    open: (sealed, context) =>
      Effect.suspend((): Effect.Effect<Uint8Array, CodecRefused | SealBroken> => {
        const id = idOf(sealed)
        const key = id === undefined ? undefined : keys.get(id)
        if (id === undefined)
          return Effect.fail(new SealBroken({ message: "what is sealed is not of this codec's form" }))
        if (key === undefined) return Effect.fail(keyMissing(id, [...keys.keys()]))
        const { bytes, header } = key
        if (Buffer.compare(sealed.subarray(0, header.byteLength), header) !== 0) return Effect.fail(otherKey(id))
        const text = openBox(bytes, header, sealed, contextBytes(context))
        return text === undefined ? Effect.fail(broken) : Effect.succeed(text)
      }),
    objectNames: (sha256, tenant) =>
      Effect.sync(() =>
        [sealing, ...[...keys.values()].filter((key) => key !== sealing)].map(({ bytes }) =>
          createHmac("sha256", bytes)
            .update(JSON.stringify(["dynactor object", tenant, sha256]))
            .digest("hex")
        )
      ),
    ...(older === undefined ? {} : { older }),
    ...(clear === undefined ? {} : { clear })
  })
}

const form = 1
const checkBytes = 4

interface Key {
  readonly bytes: Uint8Array
  /** The form, the id with its length before it, and a mark of the key by which another one of that id is told. */
  readonly header: Uint8Array
}

const keyOf = (id: string, key: AesKey): Key => {
  if (!/^[A-Za-z0-9_.-]{1,32}$/.test(id))
    throw new TypeError(`${JSON.stringify(id)} is no id for a key: use 1 to 32 of [A-Za-z0-9_.-]`)
  const bytes = aesKeyOf(id, key)
  const check = createHmac("sha256", bytes).update("dynactor key").digest().subarray(0, checkBytes)
  return { bytes, header: Buffer.concat([Buffer.from([form, id.length]), Buffer.from(id), check]) }
}

const idOf = (sealed: Uint8Array): string | undefined => {
  const [found, length = 0] = sealed
  return found === form && sealed.byteLength > 2 + length
    ? Buffer.from(sealed.subarray(2, 2 + length)).toString("latin1")
    : undefined
}

const keyMissing = (id: string, known: ReadonlyArray<string>) =>
  new CodecRefused({
    message: `it is sealed with the key ${JSON.stringify(id)}, and this process has ${known.map((one) => JSON.stringify(one)).join(", ")}`,
    mend: `give the codec the key ${JSON.stringify(id)} among its \`keys\``
  })

const otherKey = (id: string) =>
  new CodecRefused({
    message: `it is sealed with a key ${JSON.stringify(id)} that is another than the one of that id here`,
    mend: `give the codec the key ${JSON.stringify(id)} with which it was sealed, and any other key an id of its own`
  })

const broken = new SealBroken({
  message: "it is not what was sealed for this place: it was altered, or moved here from another run, row or tenant"
})
