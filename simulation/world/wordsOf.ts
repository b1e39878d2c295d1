/** A log line's message as a sink that keeps structured logs would have it: with all that stands in its arguments. */
export const wordsOf = (message: unknown): string => (Array.isArray(message) ? message : [message]).map(word).join(" ")

const word = (part: unknown): string => {
  if (typeof part !== "object" || part === null || part instanceof Error) return String(part)
  try {
    return JSON.stringify(part) ?? String(part)
  } catch {
    return String(part)
  }
}
