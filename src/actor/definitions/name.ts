import { mostRunId } from "../history/command.ts"
import { show } from "./assertOptions.ts"

/**
 * Names stand in keys: `step/<name>#<occurrence>`, `signal/<name>/<id>`. They may hold letters, digits, `_`, `.` and `-`, so
 * that a key can be taken apart again, and are short, because the head counts bytes.
 */
export const assertName = (
  what:
    | "step"
    | "workflow"
    | "signal"
    | "state"
    | "update"
    | "patch"
    | "sleep"
    | "stream"
    | "callback"
    | "schedule"
    | "limit",
  name: string
): void => {
  if (!isName(name)) {
    throw new RangeError(
      `${what} name ${typeof name === "string" ? JSON.stringify(name) : typeof name}: use 1 to 64 letters, digits, "_", "." or "-"`
    )
  }
  if (isSystemName(name)) {
    throw new RangeError(
      `${what} name ${JSON.stringify(name)}: names that begin with "${systemPrefix}" are the runtime's own`
    )
  }
}

/** What the runtime itself asks for in the middle of a turn (signing a token, say) is named so in the history. */
export const systemPrefix = "dynactor."

/** Of the child runs of `forEachStep`; then comes the name of the step. */
export const eachPrefix = `${systemPrefix}each.`

export const isSystemName = (name: string): boolean => name.startsWith(systemPrefix)

/** Can a step, a workflow or a signal be called so? A pattern alone takes undefined for the text "undefined". */
export const isName = (name: unknown): boolean => typeof name === "string" && /^[A-Za-z0-9_.-]{1,64}$/.test(name)

/** The id of a signal ends its row's key, as it is. Returns what is wrong, if anything is. */
export const checkSignalId = (id: string): string | undefined =>
  typeof id === "string" && /^[\x21-\x7e]{1,128}$/.test(id)
    ? undefined
    : `${show(typeof id === "string" ? id.slice(0, 130) : id)}: use 1 to 128 printable ASCII characters, none of them a space`

/** What a signal is for stands in its row and, while somebody waits for it, in the head. Returns what is wrong, if anything is. */
export const checkCorrelation = (text: string): string | undefined =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
  typeof text === "string" && /^[^\u0000-\u001f\u007f]{1,128}$/.test(text) && text.isWellFormed()
    ? undefined
    : `${show(text)}: use a text of 1 to 128 characters, none of them control characters`

/** Returns what is wrong with a run id, if anything is. */
export const checkRunId = (runId: string): string | undefined => {
  if (typeof runId !== "string") return `run id ${show(runId)}: use a text of 1 to ${mostRunId} characters`
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
  if (runId.length === 0 || runId.length > mostRunId || /[\u0000-\u001f\u007f]/.test(runId) || !runId.isWellFormed()) {
    return `run id ${JSON.stringify(runId.slice(0, 80))}: use 1 to ${mostRunId} characters, none of them control characters`
  }
  return undefined
}
