import * as Effect from "effect/Effect"
import { type InlinePayload, isReference, type Payload } from "../../actor/values/payload.ts"
import { isSealedText, sealedElsewhere, type Unopened } from "../../actor/values/sealed.ts"
import { StoreRefused, type StoreUnavailable } from "../errors.ts"
import type { Place, Seals } from "./seals.ts"

/** Small things of a row that are sealed with its payload: names of one letter, as they are sealed with every row. */
export type Small = { readonly [name: string]: unknown }

/**
 * A payload and what is sealed with it, as one payload. The payload's JSON stands behind the rest as it is: inside it each of its quotes would need
 * an escape.
 */
export const sealBundle = (
  seals: Seals,
  operation: string,
  payload: Payload,
  small: Small,
  place: Place
): Effect.Effect<InlinePayload, StoreUnavailable | StoreRefused> => {
  if (isReference(payload))
    return Effect.map(seals.seal(operation, `${JSON.stringify({ ...small, r: payload })}\n`, place), toPayload)
  // What was not opened goes back to where it stood, and to nowhere else.
  if (isSealedText(payload.json)) return Effect.succeed({ json: payload.json })
  return Effect.map(seals.seal(operation, `${JSON.stringify(small)}\n${payload.json}`, place), toPayload)
}

const toPayload = (json: string): InlinePayload => ({ json })

export type OpenedBundle =
  | { readonly payload: Payload; readonly small: Small }
  /** It stands in clear: so does what would be sealed with it. */
  | { readonly payload: Payload; readonly small: undefined }

export const openBundle = (seals: Seals, payload: Payload, place: Place): Effect.Effect<OpenedBundle> => {
  if (isReference(payload)) {
    // Sealed, it would be inside of a text.
    return Effect.succeed({ payload: seals.takesClear ? payload : unread(clearReference), small: undefined })
  }
  return Effect.map(seals.open(payload.json, place), (opened) => {
    if ("unopened" in opened) return { payload: unread(opened.unopened, payload), small: undefined }
    if (!isSealedText(payload.json)) return { payload, small: undefined }
    const whole = parse(opened.clear)
    return seals.hides ? { payload: unread(hidden, payload), small: whole.small ?? {} } : whole
  })
}

/** Texts of attempts are values as well. */
export const hiddenTries = <One extends { readonly error: string }>(
  seals: Seals,
  tries: ReadonlyArray<One>
): ReadonlyArray<One> => (seals.hides ? tries.map((one) => ({ ...one, error: sealedElsewhere })) : tries)

export const hidden: Unopened = {
  reason: "refused",
  message: "it is sealed, and this process shows no values",
  mend: "look at it in a process whose store has the codec itself, and not `withoutValues` of it"
}

const parse = (clear: string): OpenedBundle => {
  const end = clear.indexOf("\n")
  const { r, ...small } = JSON.parse(clear.slice(0, end)) as Small & { readonly r?: Payload }
  return { payload: r ?? { json: clear.slice(end + 1) }, small }
}

/** A payload that says why it cannot be read. Its sealed text stays; what stands in clear is not handed on. */
export const unread = (unopened: Unopened, { json }: InlinePayload = { json: sealedElsewhere }): InlinePayload => ({
  json: isSealedText(json) ? json : sealedElsewhere,
  unopened
})

const clearReference: Unopened = {
  reason: "refused",
  message: "it names an object in clear, and the codec takes nothing that stands in clear",
  mend: 'find out who has written it; to read what was stored before there was a codec, leave out `clear: "refuse"`'
}

export const isUnopened = (payload: Payload): boolean => !isReference(payload) && payload.unopened !== undefined

/** A row of that key is there, and nobody can say whether it is the same. */
export const unknownThere = (operation: string, what: string, { message, mend }: Unopened): StoreRefused =>
  new StoreRefused({
    operation,
    message: `${what} was put before, and what was put cannot be opened to compare: ${message}${mend === undefined ? "" : `; ${mend}`}`,
    ...(mend === undefined ? {} : { mend })
  })
