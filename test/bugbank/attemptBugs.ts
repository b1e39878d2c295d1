import type { AdapterBug } from "./bug.ts"

const noted = "src/store/aws/beside/notedAttempts.ts"
const items = "src/store/aws/table/attemptItems.ts"
const inHand = "src/store/aws/queue/stepsInHand.ts"

/** Bugs of what is told of attempts where a queue shows its messages to nobody. Each was described before it was tried. */
export const attemptBugs: ReadonlyArray<AdapterBug> = [
  {
    name: "of an attempt that has failed nobody else is told",
    file: noted,
    find: "    if (hasFailed(delivery, message)) return Effect.flatMap(currentMillis, (now) => noteFailed(message, now))\n",
    replace: "",
    test: "client/waitingFor.test.ts",
    noticedBy:
      "What a run is said to wait for, on dynoxide and fauxqs tells of a step that failed how often, of what, and when it is tried again"
  },
  {
    name: "a message that comes back as it was counts as an attempt that has failed",
    file: noted,
    find: "next.attempt > delivery.message.attempt",
    replace: "next.attempt >= delivery.message.attempt",
    test: "store/aws/notedAttempts.test.ts",
    noticedBy: "one that is through in a moment, or given back then, is noted nowhere"
  },
  {
    name: "the next attempt is sent behind what is noted of it",
    file: noted,
    find: 'Effect.all([does, given], { concurrency: "unbounded", discard: true })',
    replace: "Effect.andThen(given, does)",
    test: "store/aws/notedAttempts.test.ts",
    noticedBy: "the next attempt is sent while its note has no answer"
  },
  {
    name: "a table that does not answer keeps a worker that has failed",
    file: noted,
    find: "const longestMs = 2_000",
    replace: "const longestMs = 2_000_000",
    test: "store/aws/notedAttempts.test.ts",
    noticedBy: "the next attempt is sent while its note has no answer"
  },
  {
    name: "a renewal waits for what is noted of it",
    file: noted,
    find: "return Effect.asVoid(Effect.forkDetach(noteBy(message, now, { worker, until: now + againMs + graceMs })))",
    replace: "return noteBy(message, now, { worker, until: now + againMs + graceMs })",
    test: "store/aws/notedAttempts.test.ts",
    noticedBy: "a renewal does not wait for the table"
  },
  {
    name: "who has a step in hand is noted with each renewal",
    file: noted,
    find: "    held.noteAt = now + againMs\n",
    replace: "",
    test: "store/aws/notedAttempts.test.ts",
    noticedBy: "who has a step for long is noted, again every few minutes, and that it was given back"
  },
  {
    name: "who has given a step back goes on to be told",
    file: noted,
    find: "return inHand.isNoted(delivery) ?",
    replace: "return inHand.isNoted(delivery) && message.attempt > 1 ?",
    test: "store/aws/notedAttempts.test.ts",
    noticedBy: "who has a step for long is noted, again every few minutes, and that it was given back"
  },
  {
    name: "what a process has in hand hides a later attempt of others",
    file: noted,
    find: "if ((known.get(key)?.attempt ?? 0) <= step.attempt) known.set(key, step)",
    replace: "known.set(key, step)",
    test: "store/aws/notedAttempts.test.ts",
    noticedBy: "of what this process has in hand and what was noted since, the later attempt is told"
  },
  {
    name: "a step that is through in a moment is noted",
    file: inHand,
    find: "noteAt: now + shortMs",
    replace: "noteAt: now",
    test: "store/aws/notedAttempts.test.ts",
    noticedBy: "one that is through in a moment, or given back then, is noted nowhere"
  },
  {
    name: "an attempt is noted over one that was noted later",
    file: items,
    find: 'table.putIf("StepAttempts.note", item, { attribute: "t", atMost: at })',
    replace: 'table.put("StepAttempts.note", item)',
    test: "store/aws/attemptItems.test.ts",
    noticedBy: "what is on record of attempts is the later one of two, whichever comes last"
  },
  {
    name: "a worker that is gone is told for ever",
    file: items,
    find: ' && numberOf(last, "u") > now',
    replace: "",
    test: "store/aws/attemptItems.test.ts",
    noticedBy: "what is on record of attempts names who has one in hand for as long as that was said"
  },
  {
    name: "how an attempt failed is told of a later one",
    file: items,
    find: ' && numberOf(tried, "a") === attempt',
    replace: "",
    test: "store/aws/attemptItems.test.ts",
    noticedBy: "what is on record of attempts is the later one of two, whichever comes last"
  },
  {
    name: "what is on record of attempts is read from a replica that is behind",
    file: items,
    find: "        ConsistentRead: true\n",
    replace: "",
    test: "store/aws/everyRead.test.ts",
    noticedBy: "every read of the table is strong, on the wire RunTable.stepRetries"
  },
  {
    name: "a function is named by a machine that nobody finds",
    file: "src/store/aws/beside/workerName.ts",
    find: "environment.AWS_LAMBDA_LOG_STREAM_NAME ?? ",
    replace: "",
    test: "store/aws/notedAttempts.test.ts",
    noticedBy: "a process is named by where it is looked for"
  }
]
