import type { Bug } from "./bug.ts"

const next = "src/store/generations/nextGeneration.ts"
const handOver = "src/streams/commits/handOver.ts"
const program = "src/actor/runtime/program.ts"
const actor = "src/actor/actor.ts"
const send = "src/client/send.ts"
const build = "src/streams/commits/buildCommit.ts"

/** Runs that continue as new: what goes from one generation to the next. */
export const generationBugs: ReadonlyArray<Bug> = [
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
    file: actor,
    find: "    this.late = [message]\n",
    replace: ""
  },
  {
    name: "what comes as a generation ends stays with it",
    breaks: "L1",
    file: build,
    find: "...byArrival(inHand.filter(isLeft)),",
    replace: ""
  },
  {
    name: "what comes when a generation has ended stays with it",
    breaks: "L1",
    file: handOver,
    find: "yield* forwardAll(address, head, leftBehind(head, stored))",
    replace: "leftBehind(head, stored)"
  },
  {
    name: "what a generation has received is forwarded again",
    breaks: "S27",
    file: "src/store/generations/leftBehind.ts",
    find: "return rows.filter((row) => !adopted.has(messageKey(row)))",
    replace: "return adopted.size < 0 ? [] : rows"
  },
  {
    name: "a signal that is sent again goes to the newest generation",
    breaks: "S27",
    file: "src/store/generations/home.ts",
    find: "  if (there !== undefined) return { there } satisfies Home\n",
    replace: "  if (there !== undefined && generation < 0) return { there } satisfies Home\n"
  },
  {
    name: "a signal overtakes one that an earlier generation has left behind",
    breaks: "S18",
    file: send,
    find: "yield* bringForward(addressOf(runId, before.generation), before.keys, newest)",
    replace: ""
  },
  {
    name: "a generation begins by the clock of its host alone",
    breaks: "S27",
    file: "src/actor/history/message.ts",
    find: 'message.kind === "start" ? (message.continues?.endedAt ?? 0) : 0',
    replace: 'message.kind === "start" && message.at < 0 ? (message.continues?.endedAt ?? 0) : 0'
  },
  {
    name: "a run loses its parent as it continues",
    breaks: "S27",
    file: "src/actor/history/continuation.ts",
    find: "  ...(before.parent === undefined ? {} : { parent: before.parent }),\n",
    replace: "  ...(before.parent === undefined || at > 0 ? {} : { parent: before.parent }),\n"
  },
  {
    name: "a parent is answered by a generation that continues",
    breaks: "S10",
    file: "src/streams/commits/rowsForOthers.ts",
    find: '  if (outcome.tag === "continued") return lastCancels(actor, at)\n',
    replace: ""
  },
  {
    name: "the newest generation is looked for no further than its mark",
    breaks: "S13",
    file: "src/store/generations/newest.ts",
    find: 'while (head?.status === "continued") {',
    replace: 'while (head?.status === "continued" && generation < 0) {'
  }
]
