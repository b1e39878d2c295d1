import type { Bug } from "./bug.ts"

const next = "src/store/generations/nextGeneration.ts"
const handOver = "src/streams/commits/handOver.ts"
const program = "src/actor/runtime/program.ts"
const build = "src/streams/commits/buildCommit.ts"

/** Runs that continue as new: what goes from one generation to the next. */
export const generationBugs: ReadonlyArray<Bug> = [
  {
    name: "a row that is put once more holds all that it held, however large",
    breaks: "S12",
    file: "src/store/reading/offloadRow.ts",
    find: "  return withPayload(row, yield* offload(payload, runId))\n",
    replace: "  return withPayload(row, payload)\n"
  },
  {
    name: "what came as a generation ended is put into the next one with all that it holds, however large",
    breaks: "S12",
    file: "src/streams/commits/buildCommit.ts",
    find: "(row) => offloadRow(row, actor.runId)",
    replace: "(row) => Effect.succeed(row)"
  },
  {
    name: "what the last commit of a generation had to put is not made good",
    breaks: "L2",
    file: handOver,
    find: "if (!commits.atomic) yield* makeGood(address, head, stored)",
    replace: ""
  },
  {
    name: "a generation starts before it has what it is handed",
    breaks: "S27",
    file: next,
    find: "  for (const row of rows) {",
    replace: "  for (const row of [...rows].reverse()) {"
  },
  {
    name: "signals that nobody has received do not survive their generation",
    breaks: "S19",
    file: program,
    find: "const came = [...this.signals.unread(), ...this.updates.unread]",
    replace: "const came = [...this.updates.unread]"
  },
  {
    name: "a cancellation is forgotten where the run continues in spite of it",
    breaks: "S27",
    file: program,
    find: "return this.cancellation === undefined ? came : [...came, this.cancellation]",
    replace: "return came"
  },
  {
    name: "the message that brings the time to continue is lost",
    breaks: "S27",
    file: "src/actor/history/restarting/leaving.ts",
    find: "    this.late = [message]\n",
    replace: ""
  },
  {
    name: "what comes as a generation ends stays with it",
    breaks: "L1",
    file: build,
    find: "byArrival(inHand.filter(isLeft))",
    replace: "byArrival(inHand.slice(inHand.length))"
  },
  {
    name: "what a generation has received is forwarded again",
    breaks: "S27",
    file: "src/store/generations/leftBehind.ts",
    find: "return rows.filter((row) => !adopted.has(messageKey(row)))",
    replace: "return adopted.size < 0 ? [] : rows"
  },
  {
    name: "a signal overtakes one that an earlier generation has left behind",
    breaks: "S18",
    file: "src/store/sending/sentEarlier.ts",
    find: "yield* bringForward(addressOf(runId, before.generation), keys, newest)",
    replace: "yield* bringForward(newest.address, keys, newest)"
  },
  {
    name: "a generation begins by the clock of its host alone",
    breaks: "S27",
    file: "src/actor/history/message.ts",
    find: 'message.kind === "start" && message.from === undefined ? (message.continues?.endedAt ?? 0) : 0',
    replace: 'message.kind === "start" && message.at < 0 ? (message.continues?.endedAt ?? 0) : 0'
  },
  {
    name: "a run is said to be in the generation before its own",
    breaks: "S13",
    file: "src/client/describe.ts",
    find: "      generation,\n      workflow: head.workflow,",
    replace: "      generation: Math.max(0, generation - 1),\n      workflow: head.workflow,"
  }
]
