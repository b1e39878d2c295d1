// biome-ignore-all lint/suspicious/noTemplateCurlyInString: planted source texts hold template literals
import type { AdapterBug } from "./bug.ts"

/** As `blindAwsBugs.ts`, of the protocol: turns, generations, output, sealing, and the core. */
export const blindProtocolBugs: ReadonlyArray<AdapterBug> = [
  {
    name: "some of the last values of a commit count as all of them",
    file: "src/streams/commits/outputAgain.ts",
    find: "bodies.count >= record.count)",
    replace: "bodies.count > record.from)",
    test: "streams/outputAgain.test.ts",
    noticedBy:
      "Output that follows a commit is appended to its end if the one that committed it has died after a part of it"
  },
  {
    name: "a run that ends with an answer to an update has nobody to see to it",
    file: "src/streams/commits/wakeForEnd.ts",
    find: "!head.notices && head.replies === undefined && !hasUnsettled",
    replace: "!head.notices && !hasUnsettled",
    test: "streams/endUnseen.test.ts",
    noticedBy: "A run that the sweeper brings to an end has one for the answer to an update as well"
  },
  {
    name: "who has left its place gives it back once more",
    file: "src/streams/fairness/place.ts",
    find: "(place) => (place.isTaken ? places.release(1) : Effect.void)",
    replace: "() => places.release(1)",
    test: "streams/place.test.ts",
    noticedBy: "places for work are as many after work as before it"
  },
  {
    name: "with one turn that throws no other begins",
    file: "src/streams/fairness/turnSchedule.ts",
    find: `        this.options.next(this.slice)
        throw error`,
    replace: "        throw error",
    test: "streams/turnSchedule.test.ts",
    noticedBy: "a turn that cannot begin is reported, and the others begin in the next turn of the event loop"
  },
  {
    name: "a run that is rebuilt is not guarded where its workflow has proven itself",
    file: "src/streams/fairness/sliceGuard.ts",
    find: "if (!rebuilt && shown >= provenAfter",
    replace: "if (shown >= provenAfter",
    test: "streams/sliceGuard.test.ts",
    noticedBy: "a slice that never returns is stopped in a run that is rebuilt from history"
  },
  {
    name: "a pass of the sweeper that somebody asks for leaves out runs that were just looked at",
    file: "src/streams/host.ts",
    find: "sweep: Effect.suspend(() => sweepWith(new Looks()))",
    replace: "sweep: Effect.suspend(() => sweepWith(looks))",
    test: "streams/sweepByHand.test.ts",
    noticedBy: "a pass of the sweeper that somebody asks for tries each parked run"
  },
  {
    name: "a pass of the purge that is only to look deletes",
    file: "src/streams/retention/purgePasses.ts",
    find: "purge({ workflows, retentionMs, ...how })",
    replace: "purge({ workflows, retentionMs })",
    test: "client/retention.test.ts",
    noticedBy: "retention, on SQLite a purge deletes what is older than its workflow keeps it, and nothing else"
  },
  {
    name: "a copied step has an idempotency key of the copy's own",
    file: "src/streams/steps/executionContext.ts",
    find: "this.idempotencyKey = idempotencyKeyOf(knownAt, key)",
    replace: "this.idempotencyKey = idempotencyKeyOf(knownAt && runId, key)",
    test: "client/repairs/retry.test.ts",
    noticedBy: "A run that is retried, on SQLite goes on from its failure"
  },
  {
    name: "with the first execution of a run that ends the others are forgotten",
    file: "src/streams/steps/underWay.ts",
    find: "if (ofRun.size === 0 && this.byRun",
    replace: "if (this.byRun",
    test: "streams/underWay.test.ts",
    noticedBy: "executions of a run are known until each has ended"
  },
  {
    name: "of two pauses the last one stands",
    file: "src/streams/turns/decisions/decisions.ts",
    find: 'row.kind === "pause" && standing._tag !== "Paused")',
    replace: 'row.kind === "pause")',
    test: "streams/decisions.test.ts",
    noticedBy: "of several pauses the first stands"
  },
  {
    name: "a copy begins before its start is durable",
    file: "src/streams/turns/earlyStarts.ts",
    find: "start.from === undefined && isWhole(start)",
    replace: "isWhole(start)",
    test: "streams/mayBegin.test.ts",
    noticedBy: "a first turn may go ahead of a start that is whole, and of no copy"
  },
  {
    name: "an outcome in hand of a run that was deleted is noted by nobody",
    file: "src/streams/turns/ended/deletedTurn.ts",
    find: "run.isLate || work.rows.length > 0)",
    replace: "run.isLate)",
    test: "streams/deletedTurn.test.ts",
    noticedBy: "what comes for a run that was deleted is put nowhere, and noted for the next pass of a purge"
  },
  {
    name: "a run that ends with its last message is parked for its length",
    file: "src/streams/turns/limits/tooLong.ts",
    find: `  if (actor.outcome !== undefined) return undefined
`,
    replace: "",
    test: "streams/tooLong.test.ts",
    noticedBy: "a run that has ended is not, however long it was"
  },
  {
    name: "a row that the next generation has goes to a later one as well",
    file: "src/store/generations/forward.ts",
    find: `    if ((yield* table.readMessage(next, key)) !== undefined) return next
`,
    replace: "",
    test: "client/continueAsNew.test.ts",
    noticedBy: "continueAsNew, on SQLite signals are received in their order, whichever generation they find"
  },
  {
    name: "a mark that is two generations behind is believed",
    file: "src/store/generations/newest.ts",
    find: 'while (head?.status === "continued") {',
    replace: 'if (head?.status === "continued") {',
    test: "store/newest.test.ts",
    noticedBy: "the newest generation is found, however far its mark is behind"
  },
  {
    name: "an id that is taken for ever has no time in words",
    file: "src/store/deletion/gone.ts",
    find: "new Date(Math.min(time, lastMoment))",
    replace: "new Date(time)",
    test: "store/gone.test.ts",
    noticedBy: "an id that is taken for ever is told with the last moment that a date can hold"
  },
  {
    name: "who changes the keys of a ring forgets the one that has signed until then",
    file: "src/store/callbacks/keyRing.ts",
    find: "previous: [current, ...previous].slice(0,",
    replace: "previous: [current, ...previous].slice(1,",
    test: "callbacks/tokens.test.ts",
    noticedBy: "a token is good for as long as its key is kept"
  },
  {
    name: "what could not be opened is sealed once more when it is put back",
    file: "src/store/sealing/bundle.ts",
    find: `  if (isSealedText(payload.json)) return Effect.succeed({ json: payload.json })
`,
    replace: "",
    test: "codec/sealedQueue.test.ts",
    noticedBy: "a message that a process could not open goes back as it was"
  },
  {
    name: "dead letters are handed over sealed",
    file: "src/store/sealing/ports/sealedQueue.ts",
    find: `    receive: (options) => Effect.flatMap(queue.receive(options), open),
    receiveDead: (options) => Effect.flatMap(queue.receiveDead(options), open)
`,
    replace: `    receive: (options) => Effect.flatMap(queue.receive(options), open)
`,
    test: "codec/sealedQueue.test.ts",
    noticedBy: "a message is sealed in the queue, and comes back in clear by whatever way it is handed over"
  },
  {
    name: "the tenth generation of a run sorts before its second",
    file: "src/actor/history/generation.ts",
    find: "String.fromCharCode(firstLetter + digits.length)",
    replace: "String.fromCharCode(firstLetter + 1)",
    test: "actor/generation.test.ts",
    noticedBy: "addresses of generations of a run sort by their numbers"
  },
  {
    name: "values that have followed an earlier commit count as not yet there",
    file: "src/actor/history/output/emitted.ts",
    find: "before.map(({ stream, count }) => [stream, { stream, count, from: count }])",
    replace: "before.map(({ stream, count, from }) => [stream, { stream, count, from }])",
    test: "actor/emits.test.ts",
    noticedBy: "What a body emits is counted by heads: what follows the last commit"
  },
  {
    name: "after an alarm what is ready runs on",
    file: "src/actor/runtime/sliceScheduler.ts",
    find: `        task()
        if (this.alarm !== undefined) return
`,
    replace: `        task()
`,
    test: "actor/sliceScheduler.test.ts",
    noticedBy: "a slice ends at the task that set off an alarm"
  },
  {
    name: "a run that was not there is asked for once and never again",
    file: "src/actor/port/runs/awaitRun.ts",
    find: `      if (readAwaitRefusal(ended)?.reason === "notFound") this.answers.delete(id)
`,
    replace: "",
    test: "client/otherRuns.test.ts",
    noticedBy: "a run that waits for another's, on SQLite leaves it alone when the wait is over first"
  },
  {
    name: "a step whose wait was interrupted is still waited for",
    file: "src/actor/port/callStep.ts",
    find: `    return Effect.sync(() => ledger.abandon("step", key))
`,
    replace: "",
    test: "actor/turns.test.ts",
    noticedBy: "replay reports code that ends with a command that it dropped"
  },
  {
    name: "a copy that goes on by itself draws the numbers of its source",
    file: "src/actor/port/seededRandom.ts",
    find: `    seed = next
    seeded = undefined
`,
    replace: `    seed = next
`,
    test: "actor/randomness.test.ts",
    noticedBy: "seeded randomness that is seeded anew is as one that was made of that seed"
  }
]
