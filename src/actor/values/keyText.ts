import { longFingerprint } from "./json.ts"

/**
 * Any well-formed text as part of a key: visible ASCII, so that it can stand in a row's key, in a URL and in an HTTP header.
 * What is not, and the marks that keys are made with (`# @ ~ ^ %`, quotes, backslashes), are written as `%C3%AB`, so that two
 * texts are never one part. A very long one is its beginning and a hash. Undefined for a text with half of a surrogate pair.
 */
export const keyText = (text: string): string | undefined => {
  if (!text.isWellFormed()) return undefined
  const escaped = escapeText(text, /["#%@\\^~]|[^\x21-\x7e]/gu)
  if (escaped.length <= mostCharacters) return escaped
  return `${escaped.slice(0, 200)}~${longFingerprint(text)}`
}

/** With a name before and marks behind it, within the 1,024 bytes that DynamoDB gives a row's key. */
const mostCharacters = 512

/** Each character that `other` finds (a pattern with the flags `gu`), as the bytes of its UTF-8. */
export const escapeText = (text: string, other: RegExp): string =>
  text.replace(other, (character) =>
    character.charCodeAt(0) < 0x80
      ? `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`
      : encodeURIComponent(character)
  )
