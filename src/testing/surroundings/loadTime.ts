import { placeIn } from "./place.ts"

/** What a module has asked for while it was loaded, and what it got. */
export interface LoadedValue {
  /** `Date.now()`. */
  readonly what: string
  /** `, at orders/config.ts:3`, or nothing if no code of the user's is on the stack. */
  readonly place: string
  /** The forms that it may be met in. */
  readonly forms: ReadonlyArray<string>
}

/**
 * Reads outside of runs that are remembered: modules are loaded early. Each is some microseconds, which is too much for all that a test
 * ever draws.
 */
const mostReads = 5_000

const reads: Array<{ readonly what: string; readonly forms: () => ReadonlyArray<string>; readonly error: Error }> = []

let isClosed = false

/** The forms that the value may be met in, as texts. */
export const noteRead = (what: string, forms: () => ReadonlyArray<string>): void => {
  if (isClosed || reads.length >= mostReads) return
  reads.push({ what, forms, error: new Error() })
}

/** Ends the recording: modules have been loaded by now. */
export const closeReads = (): void => {
  isClosed = true
}

export const timeForms = (ms: number): ReadonlyArray<string> => [
  String(ms),
  ...(Number.isInteger(ms) ? [new Date(ms).toISOString()] : [])
]

export const numberForms = (drawn: number): ReadonlyArray<string> => [
  String(drawn),
  drawn.toString(36).slice(2),
  drawn.toString(16).slice(2)
]

let byForm: Map<string, LoadedValue> | undefined

/** Shorter texts come up by chance. */
const shortestForm = 8

const known = (): ReadonlyMap<string, LoadedValue> => {
  if (byForm !== undefined) return byForm
  byForm = new Map()
  for (const { what, forms, error } of reads) {
    const place = placeIn(error.stack)
    if (place === "") continue
    const long = forms().filter((form) => form.length >= shortestForm)
    for (const form of long) if (!byForm.has(form)) byForm.set(form, { what, place, forms: long })
  }
  return byForm
}

/** Has any module of the user's asked for anything? */
export const hasLoadedValues = (): boolean => known().size > 0

/** What such a value looks like in the middle of a text. */
const patterns = [
  /\d{4}-\d\d-\d\dT[\d:.]+Z/g,
  /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g,
  /\d+\.\d+/g,
  /[A-Za-z0-9+/_=]{8,}/g
]

/** If there is something in this text that a module has got while it was loaded: what that was. */
export const loadedValueIn = (text: string): (LoadedValue & { readonly value: string }) | undefined => {
  const forms = known()
  const candidates = [text, ...patterns.flatMap((pattern) => text.match(pattern) ?? [])]
  for (const value of candidates) {
    const found = forms.get(value)
    if (found !== undefined) return { ...found, value }
  }
  return undefined
}
