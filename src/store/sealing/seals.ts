import * as Effect from "effect/Effect"
import { isSealedText, type Unopened } from "../../actor/values/sealed.ts"
import { StoreRefused, StoreUnavailable } from "../errors.ts"
import type { CodecRefused, CodecUnavailable, PayloadCodec, SealBroken, SealContext } from "./payloadCodec.ts"

/** Where a sealed text stands. */
export type Place = Omit<SealContext, "tenant">

export type Opened = { readonly clear: string } | { readonly unopened: Unopened }

/**
 * Sealed texts: `~1.<name of the codec>.<base64 of what it made>`. No JSON begins so, which is how they are told from what stands in clear, and
 * adapters keep them wherever they keep JSON.
 */
const lead = "~1."

/** What seals and opens for one tenant. */
export class Seals {
  readonly codec: PayloadCodec
  readonly tenant: string
  private readonly byName: ReadonlyMap<string, PayloadCodec>

  constructor(codec: PayloadCodec, tenant: string) {
    this.codec = codec
    this.tenant = tenant
    this.byName = new Map([...(codec.older ?? []), codec].map((one) => [one.name, one]))
  }

  /** `operation`: of the port, such as `RunTable.put`. */
  seal(operation: string, clear: string, place: Place): Effect.Effect<string, StoreUnavailable | StoreRefused> {
    const { codec, tenant } = this
    return codec.seal(Buffer.from(clear), { tenant, ...place }).pipe(
      Effect.map((sealed) => `${lead}${codec.name}.${base64(sealed)}`),
      Effect.mapError((error) => storeError(operation, error))
    )
  }

  /** What stands in clear is its own clear text, unless the codec takes none. */
  open(text: string, place: Place): Effect.Effect<Opened> {
    if (!isSealedText(text)) return Effect.succeed(this.takesClear ? { clear: text } : { unopened: standsInClear })
    const found = lead === text.slice(0, lead.length) ? text.indexOf(".", lead.length) : -1
    if (found < 0) return Effect.succeed({ unopened: newerForm })
    const codec = this.byName.get(text.slice(lead.length, found))
    if (codec === undefined) return Effect.succeed({ unopened: this.ofOther(text.slice(lead.length, found)) })
    return codec.open(Buffer.from(text.slice(found + 1), "base64"), { tenant: this.tenant, ...place }).pipe(
      Effect.map(
        (clear): Opened => ({ clear: Buffer.from(clear.buffer, clear.byteOffset, clear.byteLength).toString("utf8") })
      ),
      Effect.catch((error) => Effect.succeed<Opened>({ unopened: unopenedBy(error, place) }))
    )
  }

  get hides(): boolean {
    return this.codec.hides === true
  }

  get takesClear(): boolean {
    return this.codec.clear !== "refuse"
  }

  private ofOther(name: string): Unopened {
    return {
      reason: "refused",
      message: `it is sealed by a codec "${name}", and this process has "${[...this.byName.keys()].join('", "')}"`,
      mend: `give the store that codec, or name it in \`older\``
    }
  }
}

const base64 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64")

const unopenedBy = (error: CodecUnavailable | CodecRefused | SealBroken, { place, runId }: Place): Unopened => {
  const of = runId === "" ? place : `${place} of run ${runId}`
  if (error._tag === "CodecUnavailable") return { reason: "away", message: `${of}: ${error.message}` }
  if (error._tag === "CodecRefused") return { reason: "refused", message: `${of}: ${error.message}`, mend: error.mend }
  return { reason: "altered", message: `${of}: ${error.message}` }
}

const standsInClear: Unopened = {
  reason: "refused",
  message: "it stands in clear, and the codec takes nothing that does",
  mend: 'find out who has written it; to read what was stored before there was a codec, leave out `clear: "refuse"`'
}

const newerForm: Unopened = {
  reason: "refused",
  message: "it is sealed in a form that this version of dynactor does not know",
  mend: "install the version that wrote it, or a later one"
}

export const storeError = (
  operation: string,
  error: CodecUnavailable | CodecRefused
): StoreUnavailable | StoreRefused =>
  error._tag === "CodecUnavailable"
    ? new StoreUnavailable({ operation, message: `${operation} cannot seal: ${error.message}` })
    : new StoreRefused({
        operation,
        message: `${operation} cannot seal: ${error.message}; ${error.mend}`,
        mend: error.mend
      })
