// biome-ignore-all lint/suspicious/noTemplateCurlyInString: planted source texts hold template literals
import type { Bug } from "./bug.ts"

const arrival = "src/store/reading/byArrival.ts"
const turn = "src/streams/turns/turnRun.ts"
const build = "src/streams/commits/buildCommit.ts"
const load = "src/streams/turns/loadRun.ts"
const parking = "src/streams/turns/parkRun.ts"
const notices = "src/streams/commits/notices.ts"
const runs = "src/streams/turns/runs.ts"

/** Turns: what is read, adopted, committed, parked, and told to other runs. */
export const turnBugs: ReadonlyArray<Bug> = [
  {
    name: "a warm actor is kept after a conflict",
    breaks: "S5",
    file: turn,
    find: "    options.warm.evict(runId)\n    // The rows are put,",
    replace: "    // The rows are put,"
  },
  {
    name: "a warm actor is kept after a failure",
    breaks: "S5",
    file: turn,
    find: "    options.warm.evict(runId)\n    const refused",
    replace: "    const refused"
  },
  {
    name: "a warm actor is kept after another's row was first",
    breaks: "S5",
    file: turn,
    find: 'if (end === "again") warm.evict(runId)',
    replace: ""
  },
  {
    name: "a warm actor is kept after its run was parked",
    breaks: "S5",
    file: turn,
    find: "    warm.evict(runId)\n    // Without a start",
    replace: "    // Without a start",
    and: [{ file: parking, find: "  options.warm.evict(runId)\n  const reason", replace: "  const reason" }]
  },
  {
    name: "rows are adopted in the order of their keys",
    breaks: "S4",
    file: arrival,
    find: "messages.toSorted((a, b) => timeOf(a) - timeOf(b))",
    replace: "messages.toSorted((a, b) => (messageKey(a) < messageKey(b) ? -1 : 1))"
  },
  {
    name: "rows are adopted the latest first",
    breaks: "S4",
    file: arrival,
    find: "messages.toSorted((a, b) => timeOf(a) - timeOf(b))",
    replace: "messages.toSorted((a, b) => timeOf(b) - timeOf(a))"
  },
  {
    name: "a start comes after what was there before it",
    breaks: "L1",
    file: arrival,
    find: 'message.kind === "start" ? Number.NEGATIVE_INFINITY : messageTime(message)',
    replace: "messageTime(message)"
  },
  {
    name: "a timer acts when its row is there",
    breaks: "S9",
    file: turn,
    find: 'if (message.kind === "timer") return message.due <= now',
    replace: 'if (message.kind === "timer") return true'
  },
  {
    name: "a timer that is there early is not waited for",
    breaks: "L2",
    file: turn,
    find: 'yield* queue.send([{ kind: "wake", runId, key: messageKey(message), notBefore: message.due }])',
    replace: "void queue"
  },
  {
    name: "a doorbell is spent without a commit",
    breaks: "L1",
    file: turn,
    find: "    work.mustCommit ||\n",
    replace: ""
  },
  {
    name: "what finds a run parked for the same reason is answered without a commit",
    breaks: "L1",
    file: "src/streams/turns/parkRun.ts",
    find: "if (same && work.rows.length === 0 && !work.mustCommit)",
    replace: "if (same)"
  },
  {
    name: "that a lost step was sent again is not remembered",
    breaks: "S8",
    file: "src/streams/turns/recoverLost.ts",
    find: "if (now - Math.max(head.updatedAt, fence.sentAt ?? 0) < goneAfterMs) continue",
    replace: "if (now - head.updatedAt < goneAfterMs) continue"
  },
  {
    name: "a lost step is sent by whoever has looked, though another was first",
    breaks: "S8",
    file: "src/streams/turns/recoverLost.ts",
    find: "  if (claimed === undefined) return children\n  const queue = yield* StepQueue\n  yield* queue.send(lost.map(({ message }) => message))\n  yield* noteSent(runId, claimed, lost, now)\n",
    replace:
      "  const queue = yield* StepQueue\n  yield* queue.send(lost.map(({ message }) => message))\n  if (claimed !== undefined) yield* noteSent(runId, claimed, lost, now)\n"
  },
  {
    name: "a step is presumed to be lost by the time of its run",
    breaks: "S8",
    file: "src/store/commitInOrder.ts",
    find: "sentAt: now,",
    replace: "sentAt: 0,"
  },
  {
    name: "a head is believed whose rows were read before it",
    breaks: "L2",
    file: "src/store/reading/wholeRun.ts",
    find: "  if (head === undefined) return stored\n",
    replace: "  if (head === undefined || head.version > 0) return stored\n"
  },
  {
    name: "nobody asks after children that have ended",
    breaks: "L2",
    file: "src/streams/turns/recoverLost.ts",
    find: "yield* Effect.forEach(actor.ledger.openChildren(), (",
    replace: "yield* Effect.forEach(actor.ledger.openChildren().slice(0, 0), ("
  },
  {
    name: "a run is said to be parked before it is known to be",
    breaks: "S13",
    file: "src/streams/turns/parkRun.ts",
    find: '  if (result._tag !== "Committed") return "again" as const\n  yield* tell\n',
    replace: '  yield* tell\n  if (result._tag !== "Committed") return "again" as const\n'
  },
  {
    name: "a run that could go on again stays parked",
    breaks: "L2",
    file: turn,
    find: 'if (fed === 0) return head?.status === "parked" || actor.outcome !== undefined',
    replace: "if (fed === 0) return actor.outcome !== undefined"
  },
  {
    name: "a rebuilt run does not run its inline steps",
    breaks: "L2",
    file: turn,
    find: "if (parked === undefined && actor.hasInlineSteps)\n",
    replace: "if (parked === undefined && actor.hasInlineSteps && !isCold)\n"
  },
  {
    name: "a warm actor sees only the first row that rang",
    breaks: "L1",
    file: turn,
    find: "for (const key of doorbells) {",
    replace: "for (const key of doorbells.slice(0, 1)) {"
  },
  {
    name: "a warm actor does not look at all rows when told to",
    breaks: "L1",
    file: turn,
    find: "  if (lookAtAll) {\n",
    replace: "  if (lookAtAll && run.head === undefined) {\n"
  },
  {
    name: "a conflict counts as settled",
    breaks: "L1",
    file: turn,
    find: '    work.rows = []\n    work.done = []\n    return begins === undefined ? ("again" as const) : ("settled" as const)\n  }\n  run.head',
    replace: '    return "settled" as const\n  }\n  run.head'
  },
  {
    name: "the head forgets that it has told other runs",
    breaks: "L2",
    file: build,
    find: "notices: notices.length > 0 || continuation",
    replace: "notices: continuation"
  },
  {
    name: "a turn does not make sure of notices",
    breaks: "L2",
    file: load,
    find: "noticesUncertain: head?.notices === true",
    replace: "noticesUncertain: false"
  },
  {
    name: "the notice of a run that has ended is not put again",
    breaks: "L2",
    file: "src/streams/turns/finishedRun.ts",
    find: "    yield* putNoticesAgain.finished(runId, head, start, actor)\n",
    replace: ""
  },
  {
    name: "a cancel is not put again with the start",
    breaks: "S9",
    file: notices,
    find: "if (cancelRequested) yield* putUnlessThere(cancelNotice(command, at, before))",
    replace: "if (cancelRequested && there === undefined) yield* putUnlessThere(cancelNotice(command, at, before))"
  },
  {
    name: "a child of another parent is taken for one's own",
    breaks: "L2",
    file: notices,
    find: "if (there !== undefined && !sameContent(there, notice.message))",
    replace: 'if (there !== undefined && there.kind !== "start")',
    and: [{ file: turn, find: "yield* answerConflict(runId, conflict, at)", replace: "void conflict" }]
  },
  {
    name: "a parent is not told",
    breaks: "L2",
    file: "src/streams/commits/rowsForOthers.ts",
    find: "const waiters = [...(start.parent === undefined ?",
    replace: 'const waiters = [...(start.parent === undefined || outcome.tag === "failed" ?'
  },
  {
    name: "a parent is told that its child was cancelled when it has died",
    breaks: "S10",
    file: notices,
    find: "yield* putUnlessThere(yield* ownNotice(outcomeNotice(start.parent, outcome, at, beforeEnd(head))))",
    replace: 'yield* putUnlessThere(outcomeNotice(start.parent, { ...outcome, tag: "cancelled" }, at, beforeEnd(head)))'
  },
  {
    name: "commands that were dropped are not on record",
    breaks: "S5",
    file: build,
    find: "abandoned: outcome === undefined ? actor.ledger.abandonedRecords() : [],",
    replace: "abandoned: [],"
  },
  {
    name: "a new head begins without fences",
    breaks: "L2",
    file: build,
    find: "fences: before?.fences ?? [],",
    replace: "fences: [],"
  },
  {
    name: "no fence is kept for open commands",
    breaks: "L2",
    file: build,
    find: "openIndexes: outcome === undefined ? actor.ledger.openIndexes() : []",
    replace: "openIndexes: []"
  },
  {
    name: "a run that has died is on record as a success",
    breaks: "S13",
    file: "src/streams/commits/rowsForOthers.ts",
    find: '(outcome.tag === "died" ? "failed" : outcome.tag)',
    replace: '(outcome.tag === "died" ? "succeeded" : outcome.tag)'
  },
  {
    name: "the head says that the run began when it was first turned",
    breaks: "S13",
    file: build,
    find: "startedAt: actor.startedAt,",
    replace: "startedAt: at,"
  },
  {
    name: "the head tells the time of its writer",
    breaks: "S13",
    file: build,
    find: "? actor.now : Math.max(actor.now, at),",
    replace: "? at : Math.max(actor.now, at),"
  },
  {
    name: "keys that no commit has settled are spilled",
    breaks: "S4",
    file: "src/streams/commits/spill.ts",
    find: "while ((segments + 1) * segmentLength <= (before?.adopted ?? 0)) {",
    replace: "while ((segments + 1) * segmentLength <= order.length) {"
  },
  {
    name: "a key is lost between segment and tail",
    breaks: "S4",
    file: "src/streams/commits/spill.ts",
    find: "tail: order.slice(segments * segmentLength) }",
    replace: "tail: order.slice(segments * (segmentLength + 1)) }"
  },
  {
    name: "a park forgets the rows in hand",
    breaks: "L2",
    file: parking,
    find: "const result = yield* commits.commit({ runId, rows: work.rows, done: work.done, head: commit })",
    replace: "const result = yield* commits.commit({ runId, rows: [], done: work.done, head: commit })"
  },
  {
    name: "a park drops the fences",
    breaks: "L2",
    file: parking,
    find: "const openIndexes = head.fences.map((fence) => fence.upTo)",
    replace: "const openIndexes: ReadonlyArray<number> = []"
  },
  {
    name: "a park adopts",
    breaks: "S5",
    file: turn,
    find: "    return yield* park(runId, storedHead(run), actor.start as StartMessage, parked, work, options, actor)\n  }\n  // Where no doorbell",
    replace:
      "    const { head } = run\n    const fed = actor.order.slice(head?.adopted ?? 0)\n    const adopting = head && { ...head, adopted: actor.order.length, tail: [...head.tail, ...fed] }\n    return yield* park(runId, adopting, actor.start as StartMessage, parked, work, options)\n  }\n  // Where no doorbell"
  },
  {
    name: "a park that lost its race counts as settled",
    breaks: "L1",
    file: parking,
    find: 'if (result._tag !== "Committed") return "again" as const\n  yield* tell',
    replace: "yield* tell"
  },
  {
    name: "a parked run forgets what it waits for",
    breaks: "S5",
    file: "src/streams/commits/parkedHead.ts",
    find: "updatedAt: Math.max(base.updatedAt, at),",
    replace: "open: [],\n    updatedAt: Math.max(base.updatedAt, at),"
  },
  {
    name: "a turn is not taken again after a lost race",
    breaks: "L1",
    file: runs,
    find: 'if (exit.value === "settled") return Exit.void\n',
    replace: 'if (exit.value === "settled" || attempt > 1) return Exit.void\n'
  },
  {
    name: "a turn gives up when the store is away",
    breaks: "L2",
    file: runs,
    find: "if (options.isClosing() || leftMs <= 0) return exit",
    replace: "if (options.isClosing() || attempt > 0) return exit"
  },
  {
    name: "what arrives during a turn is dropped",
    breaks: "L2",
    file: runs,
    find: "    const result = yield* settle(runId, workOf(items, attempt), options, waits)\n",
    replace:
      "    const result = yield* settle(runId, workOf(items, attempt), options, waits)\n    mailbox.items.length = 0\n"
  },
  {
    name: "of rows that come together only the first counts",
    breaks: "L2",
    file: runs,
    find: "rows: items.flatMap((item) => item.rows),",
    replace: "rows: items.flatMap((item) => item.rows).slice(0, 1),"
  },
  {
    name: "of doorbells that come together only the first counts",
    breaks: "L1",
    file: runs,
    find: "doorbells: [...new Set(items.flatMap((item) => item.doorbells))],",
    replace: "doorbells: items[0]?.doorbells ?? [],"
  },
  {
    name: "a doorbell beside an outcome need not commit",
    breaks: "L1",
    file: runs,
    find: "mustCommit: items.some((item) => item.mustCommit)",
    replace: "mustCommit: items.every((item) => item.mustCommit)"
  },
  {
    name: "two turns of one run at a time",
    breaks: "S5",
    file: runs,
    find: "      if (mailbox !== undefined) {\n        mailbox.items.push(full)\n",
    replace: "      if (mailbox !== undefined && mailbox.items.length > 0) {\n        mailbox.items.push(full)\n"
  },
  {
    name: "what signals a run waits for is what its first commit said",
    breaks: "S13",
    file: "src/streams/commits/buildCommit.ts",
    find: "...(outcome === undefined ? waitsOf(actor) : { outcome })",
    replace:
      "...(outcome === undefined ? waitsOf(before === undefined ? actor : { waitsBeside: { ...actor.waitsBeside, signals: before.signals ?? [] } } as never) : { outcome })"
  },
  {
    name: "a child that has an id of its own is told by the id that it would have",
    breaks: "S13",
    file: "src/actor/history/ledger.ts",
    find: "...(isNamed ? { childRunId: command.runId } : {})",
    replace: '...(isNamed && command.key === "" ? { childRunId: command.runId } : {})'
  },
  {
    name: "what is refused is taken for a store that is away",
    breaks: "L4",
    file: turn,
    find: "      ? parkRefused(runId, refused, work, options)",
    replace: "      ? Effect.fail(new StoreUnavailable(refused))",
    and: [
      {
        file: turn,
        find: 'import type { StoreRefused, StoreUnavailable } from "../../store/errors.ts"',
        replace: 'import { type StoreRefused, StoreUnavailable } from "../../store/errors.ts"'
      }
    ]
  },
  {
    name: "what is refused is forgotten, and the run goes on without it",
    breaks: "L2",
    file: "src/store/commitInOrder.ts",
    find: "Effect.forEach(plan.timers, (timer) => timers.schedule(timer), {",
    replace:
      'Effect.forEach(plan.timers, (timer) => Effect.catchTag(timers.schedule(timer), "StoreRefused", () => Effect.void), {'
  }
]
