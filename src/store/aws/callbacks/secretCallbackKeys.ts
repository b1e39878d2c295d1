import type { SecretsManagerClient } from "@aws-sdk/client-secrets-manager"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { CallbackKeys } from "../../callbacks/callbackKeys.ts"
import { findInRing, type KeyRing, parseKeyRing, rotatedRing } from "../../callbacks/keyRing.ts"
import { StoreRefused, type StoreUnavailable } from "../../errors.ts"
import { awsAsk } from "../calls/awsCall.ts"
import { CallLine } from "../calls/callLine.ts"
import type { Lazy } from "../calls/lazy.ts"

export interface SecretsSdk {
  readonly client: SecretsManagerClient
  readonly commands: Pick<
    typeof import("@aws-sdk/client-secrets-manager"),
    "GetSecretValueCommand" | "PutSecretValueCommand"
  >
}

export interface SecretKeysOptions {
  readonly secrets: Lazy<SecretsSdk>
  /** Name or ARN. */
  readonly secretId: string
  readonly tenant: string
  readonly url: string | undefined
}

/** A process signs with the key that it has loaded for so long. */
const freshMs = 5 * 60_000

/** Whoever sends tokens with made-up key ids costs one read of the secret in so long, and waits for it. */
const leastBetweenMs = 1_000

/**
 * Keys from a secret, read when the first is needed and kept. A token that names a key which is not among them has the secret read again:
 * somebody may have changed it a moment ago.
 */
export const makeSecretCallbackKeys = (options: SecretKeysOptions): CallbackKeys["Service"] => {
  const { secretId, secrets, tenant, url } = options
  const line = new CallLine<StoreUnavailable | StoreRefused>()
  let kept: { readonly ring: KeyRing; readonly loadedAt: number } | undefined

  const target = (action: string) => ({ service: "secretsManager", action, resource: `secret ${secretId}` }) as const

  const read = (operation: string) =>
    Effect.flatMap(
      awsAsk(operation, target("secretsmanager:GetSecretValue"), async (abortSignal) => {
        const { client, commands } = await secrets()
        const { SecretString } = await client.send(new commands.GetSecretValueCommand({ SecretId: secretId }), {
          abortSignal
        })
        return SecretString ?? ""
      }),
      (text) =>
        Effect.try({
          try: () => parseKeyRing(text),
          catch: (error) => {
            const mend = "put keys into it as docs/guide/callbacks.md says"
            const message = `${operation}: secret ${secretId} holds no keys for callbacks: ${(error as Error).message}; ${mend}`
            return new StoreRefused({ operation, message, mend })
          }
        })
    )

  /** What was read since this was asked for will do. */
  const load = Effect.fnUntraced(function* (operation: string) {
    const askedAt = yield* Clock.currentTimeMillis
    return yield* line.make(
      secretId,
      Effect.gen(function* () {
        if (kept !== undefined && kept.loadedAt > askedAt) return kept.ring
        const now = yield* Clock.currentTimeMillis
        const waitMs = kept === undefined ? 0 : kept.loadedAt + leastBetweenMs - now
        if (waitMs > 0) yield* Effect.sleep(waitMs)
        const ring = yield* read(operation)
        kept = { ring, loadedAt: yield* Clock.currentTimeMillis }
        return ring
      })
    )
  })

  return {
    tenant,
    url,
    current: Effect.gen(function* () {
      const now = yield* Clock.currentTimeMillis
      const known = kept
      if (known !== undefined && now - known.loadedAt < freshMs) return keyOf(known.ring)
      const loaded = yield* Effect.result(load("CallbackKeys.current"))
      if (loaded._tag === "Success") return keyOf(loaded.success)
      // What it signed with until now is as good as it was.
      if (known !== undefined) return keyOf(known.ring)
      return yield* loaded.failure
    }),
    find: Effect.fnUntraced(function* (id: string) {
      const known = kept === undefined ? undefined : findInRing(kept.ring, id)
      return known ?? findInRing(yield* load("CallbackKeys.find"), id)
    }),
    rotate: Effect.fnUntraced(function* ({ keep }: { readonly keep?: number } = {}) {
      const operation = "CallbackKeys.rotate"
      const ring = rotatedRing(yield* read(operation), keep)
      yield* awsAsk(operation, target("secretsmanager:PutSecretValue"), async (abortSignal) => {
        const { client, commands } = await secrets()
        const SecretString = JSON.stringify(ring)
        await client.send(new commands.PutSecretValueCommand({ SecretId: secretId, SecretString }), { abortSignal })
      })
      kept = { ring, loadedAt: yield* Clock.currentTimeMillis }
      return ring.id
    })
  }
}

const keyOf = ({ id, secret }: KeyRing) => ({ id, secret })
