// biome-ignore-all lint/suspicious/noTemplateCurlyInString: planted source texts hold template literals
import type { Bug } from "./bug.ts"

const actor = "src/actor/actor.ts"
const build = "src/streams/commits/buildCommit.ts"
const commits = "src/store/commitInOrder.ts"
const desk = "src/actor/port/updateDesk.ts"
const load = "src/streams/turns/loadRun.ts"
const parked = "src/streams/commits/parkedHead.ts"
const program = "src/actor/runtime/program.ts"
const replies = "src/streams/commits/replies.ts"
const states = "src/streams/commits/publishedStates.ts"
const update = "src/client/update.ts"

/** What runs show and answer: S22 and S23. */
export const publishedBugs: ReadonlyArray<Bug> = [
  {
    name: "of a state the first value of a turn is shown",
    breaks: "S22",
    file: "src/actor/port/stateBox.ts",
    find: "    if (this.values.get(name) === json) return\n",
    replace: "    if (this.values.get(name) === json || (this.hasNews && this.values.has(name))) return\n"
  },
  {
    name: "a state goes with the end of its run",
    breaks: "S22",
    file: build,
    find: "if (actor.states.size > 0)",
    replace: "if (actor.states.size > 0 && actor.outcome === undefined)"
  },
  {
    name: "tags go with the end of their run",
    breaks: "S22",
    file: build,
    find: "if (actor.tags.all !== undefined) head.tags",
    replace: "if (actor.tags.all !== undefined && actor.outcome === undefined) head.tags"
  },
  {
    name: "a tag that was taken away is there again with the next one",
    breaks: "S22",
    file: "src/actor/tags/tagBox.ts",
    find: "if (value === null) delete next[key]",
    replace: "if (value === null && Object.keys(next).length > 1) delete next[key]"
  },
  {
    name: "tags of a turn are found only after its commit, if it comes to that",
    breaks: "S13",
    file: "src/store/commitInOrder.ts",
    find: "[...rows, sendAfterTimers, putTags(ports, commit, runId)]",
    replace: "[...rows, sendAfterTimers]",
    and: [
      {
        file: "src/store/commitInOrder.ts",
        find: "    dropTags(ports, commit, runId)\n",
        replace: "    Effect.andThen(putTags(ports, commit, runId), dropTags(ports, commit, runId))\n"
      }
    ]
  },
  {
    name: "a tag that comes back is not looked for again",
    breaks: "S13",
    file: "src/streams/commits/taggedBy.ts",
    find: "(before.tags ?? none)",
    replace: "({ ...start.tags, ...before.tags } as Tags)"
  },
  {
    name: "a state that has no news is left out of the head",
    breaks: "S22",
    file: build,
    find: "if (actor.states.size > 0)",
    replace: "if (actor.states.hasNews)"
  },
  {
    name: "a large state that was there before is taken for the new one",
    breaks: "S22",
    file: states,
    find: "Effect.map(offload(payload, runId, stateInlineLimitBytes, known), (stored) => ({ name, payload: stored }))",
    replace:
      'Effect.map(known !== undefined && "sha256" in known ? Effect.succeed(known) : offload(payload, runId, stateInlineLimitBytes, known), (stored) => ({ name, payload: stored }))'
  },
  {
    name: "a run that is parked shows nothing any more",
    breaks: "S22",
    file: parked,
    find: "    ...base,\n",
    replace: "    ...(({ states: _, ...rest }) => rest)(base),\n"
  },
  {
    name: "answers follow the commit, and nobody makes sure of them",
    breaks: "S23",
    file: load,
    find: " || head?.replies !== undefined",
    replace: ""
  },
  {
    name: "a head does not hold its answers",
    breaks: "S23",
    file: build,
    find: "  if (held !== undefined) Object.assign(head, held)\n",
    replace: ""
  },
  {
    name: "answers are put before the commit that gives them",
    breaks: "S23",
    file: commits,
    find: "  const result = yield* table.commitHead(runId, plan.head)\n",
    replace: "  yield* putReplies(ports, commit, runId)\n  const result = yield* table.commitHead(runId, plan.head)\n"
  },
  {
    name: "a replay answers again",
    breaks: "S23",
    file: "src/actor/turn.ts",
    find: "  actor.updates.endReplay()\n",
    replace: ""
  },
  {
    name: "a handler outlives its run",
    breaks: "S23",
    file: program,
    find: "this.updates.close(() => this.close(context, exit))",
    replace: "(this.updates.close(() => undefined), this.close(context, exit))"
  },
  {
    name: "a cancellation leaves handlers alone",
    breaks: "S23",
    file: desk,
    find: "    for (const fiber of [...this.underWay.values()]) fiber.interruptUnsafe()\n",
    replace: ""
  },
  {
    name: "what the validator refuses is handled all the same",
    breaks: "S23",
    file: desk,
    find: "(onRecord === undefined && objection !== undefined)",
    replace: "(onRecord === undefined && objection === undefined && false)"
  },
  {
    name: "an update that was refused is not marked so",
    breaks: "S23",
    file: actor,
    find: "    this.order.push(writeEntry({ ...readEntry(this.order.pop() as string), isSetAside: true }))\n",
    replace: ""
  },
  {
    name: "a replay does not handle updates",
    breaks: "S5",
    file: actor,
    find: 'if (this.offer(message, live, live ? undefined : "accepted")) return',
    replace: 'if (this.offer(message, live, live ? undefined : "refused") || !live) return'
  },
  {
    name: "an update without a handler is nobody's",
    breaks: "S23",
    file: desk,
    find: "      return refused(this.unhandled(name))\n",
    replace: "      return false\n"
  },
  {
    name: "of a run that has ended nobody says that it has not answered",
    breaks: "S23",
    file: update,
    find: "      return yield* unanswered(runId, name, id, head)\n",
    replace: ""
  },
  {
    name: "the id of an update is good for any input",
    breaks: "S23",
    file: update,
    find: 'if (there?.kind !== "update" || (yield* isSame(there.payload, payload, encoded.success.fingerprint))) return id',
    replace: "if (there === undefined || there !== undefined) return id"
  },
  {
    name: "what an ended run owes to those who asked is dropped",
    breaks: "S23",
    file: replies,
    find: "filter((reply) => !(isOver && saysRunEnded(reply)))",
    replace: "filter(() => !isOver)"
  }
]
