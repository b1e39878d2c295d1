import { type Json, jsonOf, NotJson } from "./json.ts"
import { isSealedText, type Unopened } from "./sealed.ts"

/**
 * A value at rest: JSON text in the row itself, or a reference to an object held by the payload store (the store layer turns
 * one into the other; the pure core only ever meets text).
 */
export type Payload = InlinePayload | PayloadReference

export interface InlinePayload {
  /** JSON text; or a sealed text, which only a store with its codec opens. */
  readonly json: string
  /** Set where a store has the codec, and could not open it. */
  readonly unopened?: Unopened
}

/** Content-addressed: `sha256` (hex) of the JSON text is both its name and its proof (S11). */
export interface PayloadReference {
  readonly sha256: string
  readonly bytes: number
  /** The run whose object it is, as it stands in the object's name. Absent: written by an earlier version, and shared by all runs. */
  readonly owner?: string
}

export const isReference = (payload: Payload): payload is PayloadReference => "sha256" in payload

/** Its text is at hand: neither kept elsewhere nor sealed. */
export const isOpen = (payload: Payload): payload is InlinePayload =>
  !isReference(payload) && !isSealedText(payload.json)

/** The JSON text of a value with the fingerprint of its content. Throws {@link NotJson}. */
export const toPayload = (value: Json): Encoded => {
  const { json, hash } = jsonOf(value)
  return new Encoded({ json }, hash)
}

/** Put into words only for who asks: nobody does for an output. */
export class Encoded {
  readonly payload: InlinePayload
  private readonly hash: { readonly digest: () => string }

  constructor(payload: InlinePayload, hash: { readonly digest: () => string }) {
    this.payload = payload
    this.hash = hash
  }

  get fingerprint(): string {
    return this.hash.digest()
  }
}

/** The value of an inline payload. The store resolves references before the core is called: meeting one is a bug of ours. */
export const fromPayload = (payload: Payload): Json => {
  if (isReference(payload)) throw new NotJson(`payload ${payload.sha256} was not resolved before the turn`)
  if (isSealedText(payload.json)) throw new NotJson("a sealed text was not opened before it was read")
  return JSON.parse(payload.json)
}
