import { createHmac, randomFillSync } from "node:crypto"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { assertWhole, durationMs } from "../../../actor/definitions/assertOptions.ts"
import { openBox, randomBytes, sealBox } from "../../sealing/aesBox.ts"
import { type AesKey, aesKeyOf } from "../../sealing/aesKey.ts"
import { definePayloadCodec } from "../../sealing/definePayloadCodec.ts"
import { contextBytes, type PayloadCodec, SealBroken } from "../../sealing/payloadCodec.ts"
import { lazy } from "../calls/lazy.ts"
import { DataKeys, notWrappedHere } from "./dataKeys.ts"

export interface KmsCodecOptions {
  /**
   * Id, ARN or alias of a symmetric KMS key. Default: what the environment has as `DYNACTOR_CODEC_KEY_ARN`, which the construct sets for its functions
   * (`codecKey`). Without either, the codec opens and does not seal.
   */
  readonly keyId?: string
  /** Default: as the SDK finds it. */
  readonly region?: string
  readonly credentials?: {
    readonly accessKeyId: string
    readonly secretAccessKey: string
    readonly sessionToken?: string
  }
  /** Where another server speaks for KMS. */
  readonly endpoint?: string
  /** How long a data key seals, and is kept in memory once it is open. Default 1 hour. */
  readonly maxAge?: Duration.Input
  /** Texts that one data key seals. Default 1,000,000. */
  readonly maxUses?: number
  /**
   * 32 bytes by which objects of the payload store are named, the same for all processes and for ever. Default: an object is named by the hash of its
   * content, by which somebody who guesses a large value can find out that it is there.
   */
  readonly objectKey?: AesKey
  /** Codecs that still open what they have sealed. Default: none. */
  readonly older?: ReadonlyArray<PayloadCodec>
  /** `refuse`: nothing is read that stands in clear. Default `accept`: what was stored before there was a codec is read as it is. */
  readonly clear?: "accept" | "refuse"
}

/**
 * Seals with AES-256-GCM and data keys of AWS KMS. Each process asks for a data key an hour (`GenerateDataKey`), and unwraps those that it meets once
 * (`Decrypt`), with the tenant as encryption context. KMS's own rotation needs nothing of you; to change to another KMS key, set `keyId` to it: what was
 * sealed before names its key, which has to stay enabled. Needs `@aws-sdk/client-kms`, loaded when it is first used.
 *
 * @example
 * const codec = kmsCodec({ keyId: "alias/runs" })
 * const store = awsStore({ tableName, queueUrl, deadLetterQueueUrl, bucketName, codec })
 */
export const kmsCodec = (options: KmsCodecOptions = {}): PayloadCodec => {
  const { clear, maxAge = "1 hour", maxUses = 1_000_000, objectKey, older } = options
  assertWhole("kmsCodec: maxUses", maxUses, 1)
  const keyId = options.keyId || process.env.DYNACTOR_CODEC_KEY_ARN || undefined
  const named = objectKey === undefined ? undefined : aesKeyOf("objectKey", objectKey)
  const keys = new DataKeys({ kms: kmsOf(options), keyId, maxAgeMs: durationMs("kmsCodec: maxAge", maxAge), maxUses })

  return definePayloadCodec({
    name: "kms",
    seal: (text, context) =>
      Effect.map(keys.current(context.tenant), ({ bytes, wrapped }) =>
        sealBox(bytes, headerOf(wrapped), text, contextBytes(context), randomFillSync(new Uint8Array(randomBytes)))
      ),
    open: Effect.fnUntraced(function* (sealed, context) {
      const wrapped = wrappedOf(sealed)
      if (wrapped === undefined) return yield* new SealBroken({ message: "what is sealed is not of this codec's form" })
      const bytes = yield* keys.open(wrapped, context.tenant)
      if (bytes === notWrappedHere)
        return yield* new SealBroken({
          message:
            "its data key is not what KMS has wrapped for this tenant: it was altered, or moved here from another"
        })
      const text = openBox(bytes, headerOf(wrapped), sealed, contextBytes(context))
      if (text !== undefined) return text
      return yield* new SealBroken({
        message:
          "it is not what was sealed for this place: it was altered, or moved here from another run, row or tenant"
      })
    }),
    ...(named === undefined
      ? {}
      : {
          objectNames: (sha256, tenant) =>
            Effect.sync(() => [
              createHmac("sha256", named)
                .update(JSON.stringify([tenant, sha256]))
                .digest("hex")
            ])
        }),
    ...(older === undefined ? {} : { older }),
    ...(clear === undefined ? {} : { clear })
  })
}

const kmsOf = ({ credentials, endpoint, region }: KmsCodecOptions) =>
  lazy(async () => {
    const commands = await import("../calls/sdk/kms.ts")
    const client = new commands.KMSClient({
      ...(region === undefined ? {} : { region }),
      ...(credentials === undefined ? {} : { credentials }),
      ...(endpoint === undefined ? {} : { endpoint }),
      maxAttempts: 5,
      requestHandler: { connectionTimeout: 2_000, requestTimeout: 5_000, throwOnRequestTimeout: true }
    })
    return { commands, client }
  })

const form = 1

/** The form, the length of the wrapped key in two bytes, and the wrapped key. */
const headerOf = (wrapped: Uint8Array): Uint8Array =>
  Buffer.concat([Buffer.from([form, wrapped.byteLength >> 8, wrapped.byteLength & 0xff]), wrapped])

const wrappedOf = (sealed: Uint8Array): Uint8Array | undefined => {
  const [found, high = 0, low = 0] = sealed
  const length = (high << 8) | low
  return found === form && sealed.byteLength > 3 + length ? sealed.subarray(3, 3 + length) : undefined
}
