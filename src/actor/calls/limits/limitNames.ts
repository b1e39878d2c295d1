import { systemPrefix } from "../../definitions/name.ts"
import { longFingerprint } from "../../values/json.ts"
import { escapeText } from "../../values/keyText.ts"

// How a limit and a key are named, wherever they stand: in the id of their run, and in what a run waits for.

export const limitWorkflowName = `${systemPrefix}limit`

const prefix = `${limitWorkflowName}/`

/** `<limit>/<key>`, the key in visible ASCII; a long one is its beginning and a hash. */
export const placeName = (limit: string, key: string): string => `${limit}/${textOf(key)}`

const textOf = (key: string): string => {
  const escaped = escapeText(key, /["#%\\^~]|[^\x21-\x7e]/gu)
  return escaped.length <= 70 ? escaped : `${escaped.slice(0, 36)}~${longFingerprint(key)}`
}

/** The run of a limit's key. */
export const limiterRunId = (place: string): string => `${prefix}${place}`

/** `<limit>/<key>`. */
export const placeOfLimiter = (runId: string): string => runId.slice(prefix.length)

/** The name of the limit in `<limit>/<key>`. */
export const limitOfPlace = (place: string): string => place.slice(0, place.indexOf("/"))

export const isLimiter = (runId: string): boolean => runId.startsWith(prefix)

/** What the signal that gives a place is for: the n-th that this generation of a run has asked of the limit. */
export const placeChannel = (place: string, n: string): string => `${place}#${n}`

/** Who has asked, where a run waits for this. */
export const readPlaceChannel = (channel: string): { readonly place: string; readonly n: string } => {
  const end = channel.lastIndexOf("#")
  return { place: channel.slice(0, end), n: channel.slice(end + 1) }
}

/** The command by which a run asks a limit. */
export const askName = (limit: string): string => `${limitWorkflowName}.ask.${limit}`

/**
 * Names one who asks, wherever that is told of: the address of the generation, which of its questions, and for which place. Where a turn that lost had asked
 * by another key, the answers to both are rows of one inbox.
 */
export const askId = (address: string, place: string, n: string): string =>
  longFingerprint(`${address}\n${placeChannel(place, n)}`)
