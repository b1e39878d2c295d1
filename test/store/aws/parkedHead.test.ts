import { describe, expect, it } from "vitest"
import { boundedReason, NonDeterminismError } from "../../../src/actor/errors.ts"
import type { Head } from "../../../src/actor/history/head.ts"
import { fingerprintText } from "../../../src/actor/values/json.ts"
import { itemBytes } from "../../../src/store/aws/table/attributes.ts"
import { headItem } from "../../../src/store/aws/table/headItem.ts"
import { parkedHead } from "../../../src/streams/commits/parkedHead.ts"
import { epoch, newHead, startMessage } from "../samples.ts"

/** What the shells let a head come to: 256 KiB of open commands, as they are estimated; 32 KiB of keys in one commit, and 256 rows that were not worth one. */
const openBytes = 256 * 1024
const tailBytes = 32 * 1024 + (256 + 32) * 201

/** Letters that no template holds. */
const letters = (length: number, n: number): string =>
  Array.from({ length: Math.ceil(length / 8) }, (_, part) =>
    fingerprintText(`${n} ${part}`).replace(/\d/g, "x").padEnd(8, "y").slice(0, 8)
  )
    .join("")
    .slice(0, length)

/** As large as heads get, if their commands have keys of this length, each issued by a commit of its own. */
const largestHead = (keyLength: number): Head => {
  const keyOf = (n: number) => `s:${letters(keyLength - 2, n)}`
  const open = Array.from({ length: Math.floor(openBytes / (keyLength + 20)) }, (_, n) => ({
    kind: "step" as const,
    key: keyOf(n),
    fingerprint: fingerprintText(`${n}`)
  }))
  const fences = open.map((_, n) => ({ upTo: n, token: fingerprintText(`token ${n}`) }))
  const tail = Array.from({ length: Math.floor(tailBytes / 200) }, (_, n) => `signal/s/${letters(190, n)}`)
  return newHead({ open, fences, tail, adopted: 25_000, segments: 700, version: 900 })
}

describe("a parked head", () => {
  it.each([5, 20, 60, 193])(
    "finds room in an item beside all that a run may wait for, with keys of %i",
    (keyLength) => {
      const long = "ß".repeat(10_000)
      const reason = new NonDeterminismError({ message: long, command: long, recorded: long, issued: long })
      const head = parkedHead(largestHead(keyLength), startMessage(), boundedReason(reason), epoch)
      const run = { tenant: "t".repeat(256), runId: "r".repeat(512), generation: 0 }
      const bytes = itemBytes(headItem(head, { run, commitId: fingerprintText("commit") }))
      expect(bytes).toBeGreaterThan(300_000)
      expect(bytes).toBeLessThan(400 * 1024)
    }
  )
})
