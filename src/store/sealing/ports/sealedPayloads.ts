import { createHash } from "node:crypto"
import * as Effect from "effect/Effect"
import { isSealedText } from "../../../actor/values/sealed.ts"
import { hashOf } from "../../deletion/payloadNames.ts"
import { StoreRefused, StoreUnavailable } from "../../errors.ts"
import type { Payloads } from "../../payloads.ts"
import type { PayloadCodec } from "../payloadCodec.ts"
import { type Place, type Seals, storeError } from "../seals.ts"

/** Bound to the tenant and to their content, so that they can be copied from run to run, while the reference to one is sealed for its run. */
const placeOf = (sha256: string): Place => ({ runId: "", place: `object/${sha256}` })

/** What is sealed is longer by a third, and a queue message takes no more than this. */
const mostSealedBytes = 196_608

export const sealedPayloads = (seals: Seals, payloads: Payloads["Service"]): Payloads["Service"] => ({
  inlineLimitBytes: Math.max(1_024, Math.floor((Math.min(payloads.inlineLimitBytes, mostSealedBytes) * 3) / 4) - 1_024),
  put: Effect.fnUntraced(function* (plain, text) {
    const operation = "Payloads.put"
    const sha256 = hashOf(plain)
    const owner = plain.slice(0, -sha256.length)
    const [name = sha256] = yield* namesOf(seals, operation, sha256, [seals.codec])
    const sealed = yield* seals.seal(operation, text, placeOf(sha256))
    yield* payloads.put(`${owner}${name}`, sealed, createHash("sha256").update(sealed).digest("hex"))
  }),
  get: Effect.fnUntraced(function* (plain) {
    const operation = "Payloads.get"
    const sha256 = hashOf(plain)
    const owner = plain.slice(0, -sha256.length)
    const names = yield* namesOf(seals, operation, sha256, [seals.codec, ...(seals.codec.older ?? [])])
    for (const name of seals.takesClear ? new Set([...names, sha256]) : names) {
      const found = yield* payloads.get(`${owner}${name}`)
      if (found === undefined) continue
      const opened = yield* seals.open(found, placeOf(sha256))
      if ("clear" in opened) return opened.clear
      const { mend, message, reason } = opened.unopened
      // Its content has another hash, and so it is told.
      if (reason === "altered") return isSealedText(found) ? found : undefined
      if (reason === "away") return yield* new StoreUnavailable({ operation, message })
      return yield* new StoreRefused(
        mend === undefined ? { operation, message } : { operation, message: `${message}; ${mend}`, mend }
      )
    }
    return undefined
  })
})

const namesOf = ({ tenant }: Seals, operation: string, sha256: string, codecs: ReadonlyArray<PayloadCodec>) =>
  Effect.map(
    Effect.forEach(codecs, ({ objectNames }) =>
      objectNames === undefined
        ? Effect.succeed([sha256])
        : Effect.mapError(objectNames(sha256, tenant), (error) => storeError(operation, error))
    ),
    (names) => names.flat()
  )
