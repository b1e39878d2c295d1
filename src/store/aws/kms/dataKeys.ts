import type { KMSClient } from "@aws-sdk/client-kms"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { StoreRefused, StoreUnavailable } from "../../errors.ts"
import { CodecRefused, CodecUnavailable } from "../../sealing/payloadCodec.ts"
import { awsAsk } from "../calls/awsCall.ts"
import { CallLine } from "../calls/callLine.ts"
import type { Lazy } from "../calls/lazy.ts"

export interface KmsSdk {
  readonly client: KMSClient
  readonly commands: Pick<typeof import("@aws-sdk/client-kms"), "GenerateDataKeyCommand" | "DecryptCommand">
}

export interface DataKeysOptions {
  readonly kms: Lazy<KmsSdk>
  /** Undefined: this process only opens. */
  readonly keyId: string | undefined
  /** How long a data key is used, and kept in memory. */
  readonly maxAgeMs: number
  /** Texts that one data key seals. */
  readonly maxUses: number
}

/** A data key, and as KMS has wrapped it. */
export interface DataKey {
  readonly bytes: Uint8Array
  readonly wrapped: Uint8Array
}

/** KMS does not know the wrapped key, or not for this tenant. */
export const notWrappedHere = Symbol("notWrappedHere")

/**
 * Data keys of one KMS key: one at a time seals for each tenant, and those that are met in what is stored are unwrapped once and kept for a while.
 * So the price is a call now and then, and not one for each text.
 */
export class DataKeys {
  private readonly options: DataKeysOptions
  private readonly line = new CallLine<CodecUnavailable | CodecRefused>()
  private readonly sealing = new Map<string, { readonly key: DataKey; readonly since: number; uses: number }>()
  private readonly opened = new Map<string, { readonly bytes: Uint8Array; readonly since: number }>()

  constructor(options: DataKeysOptions) {
    this.options = options
  }

  readonly current = (tenant: string): Effect.Effect<DataKey, CodecUnavailable | CodecRefused> =>
    Effect.flatMap(Clock.currentTimeMillis, (now) => {
      const known = this.take(tenant, now)
      // Whoever waited for another's call has its key.
      return known === undefined ? this.line.make(tenant, this.makeUnlessMade(tenant)) : Effect.succeed(known)
    })

  readonly open = (wrapped: Uint8Array, tenant: string) =>
    Effect.flatMap(Clock.currentTimeMillis, (now) => {
      const id = `${tenant}/${Buffer.from(wrapped).toString("base64")}`
      const known = this.opened.get(id)
      if (known !== undefined && now - known.since < this.options.maxAgeMs) return Effect.succeed(known.bytes)
      return this.unwrap(id, wrapped, tenant, now)
    })

  private take(tenant: string, now: number): DataKey | undefined {
    const known = this.sealing.get(tenant)
    if (known === undefined || now - known.since >= this.options.maxAgeMs || known.uses >= this.options.maxUses)
      return undefined
    known.uses++
    return known.key
  }

  private readonly makeUnlessMade = Effect.fnUntraced({ self: this }, function* (this: DataKeys, tenant: string) {
    const now = yield* Clock.currentTimeMillis
    const known = this.take(tenant, now)
    if (known !== undefined) return known
    const key = yield* this.make(tenant)
    this.sealing.set(tenant, { key, since: now, uses: 1 })
    this.note(`${tenant}/${Buffer.from(key.wrapped).toString("base64")}`, key.bytes, now)
    return key
  })

  private make(tenant: string): Effect.Effect<DataKey, CodecUnavailable | CodecRefused> {
    const { keyId, kms } = this.options
    if (keyId === undefined) return Effect.fail(noKey)
    return awsAsk("kms:GenerateDataKey", this.target("kms:GenerateDataKey"), async (abortSignal) => {
      const { client, commands } = await kms()
      const command = new commands.GenerateDataKeyCommand({
        KeyId: keyId,
        KeySpec: "AES_256",
        EncryptionContext: contextOf(tenant)
      })
      const { CiphertextBlob, Plaintext } = await client.send(command, { abortSignal })
      if (CiphertextBlob === undefined || Plaintext === undefined) throw new Error("KMS has given no key")
      return { bytes: Plaintext, wrapped: CiphertextBlob } satisfies DataKey
    }).pipe(Effect.mapError(codecError))
  }

  private readonly unwrap = Effect.fnUntraced(
    { self: this },
    function* (this: DataKeys, id: string, wrapped: Uint8Array, tenant: string, now: number) {
      const { kms } = this.options
      const bytes = yield* awsAsk<Uint8Array | typeof notWrappedHere>(
        "kms:Decrypt",
        this.target("kms:Decrypt"),
        async (abortSignal) => {
          const { client, commands } = await kms()
          const command = new commands.DecryptCommand({
            CiphertextBlob: wrapped,
            EncryptionContext: contextOf(tenant)
          })
          const { Plaintext } = await client.send(command, { abortSignal })
          if (Plaintext === undefined) throw new Error("KMS has given no key")
          return Plaintext
        },
        // The wrapped key was altered, or belongs to another tenant.
        ({ name }) =>
          name === "InvalidCiphertextException" || name === "IncorrectKeyException"
            ? { answer: notWrappedHere }
            : undefined
      ).pipe(Effect.mapError(codecError))
      if (bytes !== notWrappedHere) this.note(id, bytes, now)
      return bytes
    }
  )

  private note(id: string, bytes: Uint8Array, since: number): void {
    this.opened.delete(id)
    this.opened.set(id, { bytes, since })
    const [oldest] = this.opened.keys()
    if (this.opened.size > mostOpened && oldest !== undefined) this.opened.delete(oldest)
  }

  private target(action: string) {
    return {
      service: "kms",
      resource: this.options.keyId === undefined ? "the KMS key" : `KMS key ${this.options.keyId}`,
      action,
      also: "enabled, and by its own policy as well"
    } as const
  }
}

const mostOpened = 1_000

const noKey = new CodecRefused({
  message: "the codec has no KMS key to seal with",
  mend: "name one as `keyId`, or in the environment as DYNACTOR_CODEC_KEY_ARN"
})

/** By which a key policy can tell tenants apart. "/" is no tenant's name. */
const contextOf = (tenant: string) => ({ "dynactor:tenant": tenant === "" ? "/" : tenant })

const codecError = (error: StoreUnavailable | StoreRefused): CodecUnavailable | CodecRefused =>
  error._tag === "StoreUnavailable"
    ? new CodecUnavailable({ message: error.message })
    : refused(error.message, error.mend)

/** Who tells of it says what to mend behind it. */
const refused = (message: string, mend = "look at what KMS says") =>
  new CodecRefused({ message: message.replace(`; ${mend}`, ""), mend })
