import type { AdapterBug } from "./bug.ts"

const seals = "src/store/sealing/seals.ts"
const messages = "src/store/sealing/ports/sealedMessages.ts"
const head = "src/store/sealing/ports/sealedHead.ts"
const aes = "src/store/sealing/aesGcmCodec.ts"

const nothingInClear = "what a store is told, on SQLite holds nothing of a user's: sealed"

/** Values that are sealed: by their tests, as the simulated world seals none. */
export const codecBugs: ReadonlyArray<AdapterBug> = [
  {
    name: "a sealed text is not bound to its run",
    file: "src/store/sealing/payloadCodec.ts",
    find: `JSON.stringify(["dynactor", tenant, runId, place])`,
    replace: `JSON.stringify(["dynactor", tenant, place])`,
    test: "codec/codecs.test.ts",
    noticedBy: "aesGcmCodec does what is asked of every codec"
  },
  {
    name: "a row is sealed for no run at all",
    file: messages,
    find: "  runId: isCarried(message) ? runIdOf(address) : address,",
    replace: `  runId: isCarried(message) ? runIdOf(address) : "",`,
    test: "codec/runs.test.ts",
    noticedBy: "runs whose values are sealed park where a row was moved from another run"
  },
  {
    name: "a key of the right name and other bytes is taken for what was altered",
    file: aes,
    find: "        if (Buffer.compare(sealed.subarray(0, header.byteLength), header) !== 0) return Effect.fail(otherKey(id))\n",
    replace: "",
    test: "codec/codecs.test.ts",
    noticedBy: "aesGcmCodec tells another key of the same id from what was altered"
  },
  {
    name: "errors of attempts stand in clear in the row of a step",
    file: messages,
    find: "      const { fingerprint, outcome, tries, ...rest } = message\n",
    replace: "      const { fingerprint, outcome, ...rest } = message\n      const { tries } = message\n",
    test: "codec/nothingInClear.test.ts",
    noticedBy: nothingInClear
  },
  {
    name: "published values stand in clear in the head",
    file: head,
    find: "    ...(states === undefined ? {} : { states: states.map(({ name }) => ({ name, payload: elsewhere })) }),\n",
    replace: "",
    test: "codec/nothingInClear.test.ts",
    noticedBy: nothingInClear
  },
  {
    name: "answers to updates stand in clear",
    file: "src/store/sealing/ports/sealedCommits.ts",
    find: "{ replies: yield* Effect.forEach(replies, (reply) => sealReply(seals, operation, id, reply)) }",
    replace: "{ replies }",
    test: "codec/nothingInClear.test.ts",
    noticedBy: nothingInClear
  },
  {
    name: "a repeated start is compared by what is sealed, and is a conflict",
    file: messages,
    find: "  small === undefined ? {} : { fingerprint: small.f as string }",
    replace: "  small === undefined ? {} : {}",
    test: "codec/nothingInClear.test.ts",
    noticedBy: nothingInClear
  },
  {
    name: "a run is parked for a codec that is away",
    file: head,
    find: `  head.unopened?.reason === "away"`,
    replace: `  head.unopened?.reason === "nowhere" as never`,
    test: "codec/runs.test.ts",
    noticedBy: "runs whose values are sealed wait while what opens and seals is away"
  },
  {
    name: "what a process cannot open is written over when it parks the run",
    file: head,
    find: "  if (unopened !== undefined) return asStored(head, unopened.stored)\n",
    replace: "",
    test: "codec/runs.test.ts",
    noticedBy: "runs whose values are sealed go on from what was stored in clear"
  },
  {
    name: "what is sealed by another codec is taken for what was altered",
    file: seals,
    find: "    if (codec === undefined) return Effect.succeed({ unopened: this.ofOther(text.slice(lead.length, found)) })\n",
    replace: `    if (codec === undefined) return Effect.succeed({ unopened: { reason: "altered", message: "it was altered" } })\n`,
    test: "codec/runs.test.ts",
    noticedBy: "runs whose values are sealed go over to another codec"
  }
]
