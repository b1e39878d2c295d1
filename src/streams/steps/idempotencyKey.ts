import { createHash } from "node:crypto"
import { parseAddress } from "../../actor/history/generation.ts"
import { escapeText } from "../../actor/values/keyText.ts"

/**
 * What tells a service that two executions are of one command: `<run id>/<command key>`, in later generations of a run
 * `<run id>^<generation>/<command key>`. Visible ASCII of at most 255
 * characters, so that it can stand in an HTTP header; two commands never have the same. Of the run id, what is not visible
 * ASCII, and `/ % ^`, quotes and backslashes, is written as `%2F`; a longer key ends in a hash of the whole.
 */
export const idempotencyKeyOf = (address: string, commandKey: string): string => {
  const { runId, generation } = parseAddress(address)
  // The first "/" ends the run id. A command's key is visible ASCII, and holds no "^".
  const run = `${escapeText(runId, /["%/\\^]|[^\x21-\x7e]/gu)}${generation === 0 ? "" : `^${generation}`}`
  const key = `${run}/${commandKey}`
  if (key.length <= 255) return key
  return `${key.slice(0, 200)}^${createHash("sha256").update(key).digest("base64url")}`
}
