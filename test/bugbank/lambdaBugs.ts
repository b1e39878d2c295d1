import type { Bug } from "./bug.ts"

const lambda = "src/streams/lambda"

/** Bugs of the functions on Lambda, for schedules on the wire in which they turn the runs. Each was described before it was tried. */
export const lambdaBugs: ReadonlyArray<Bug> = [
  {
    name: "a doorbell that the store was away for is not named as failed",
    breaks: "L1",
    file: `${lambda}/streamHandler.ts`,
    find: `        refused.add(runId)
        return Effect.logWarning(`,
    replace: `        refused.add(runId)
        waiting.delete(runId)
        return Effect.logWarning(`
  },
  {
    name: "the highest of the records that failed is named",
    breaks: "L1",
    file: `${lambda}/streamHandler.ts`,
    find: "return BigInt(a) <= BigInt(b) ? a : b",
    replace: "return BigInt(a) >= BigInt(b) ? a : b"
  },
  {
    name: "of a batch of records the first failure ends what is told",
    breaks: "L1",
    file: `${lambda}/streamHandler.ts`,
    find: 'const lowest = [...waiting.values()].map(({ sequenceNumber }) => sequenceNumber).reduce(lower, "")',
    replace: 'const lowest = [...waiting.values()].at(-1)?.sequenceNumber ?? ""'
  },
  {
    name: "a run that took too long for the stream's function is handed over to nobody",
    breaks: "L1",
    file: "src/streams/wakeups/handToQueue.ts",
    find: "const refused = yield* Effect.flip(queue.send([wake])).pipe(Effect.option)",
    replace: "const refused = yield* Effect.flip(queue.send([wake].slice(1))).pipe(Effect.option)"
  },
  {
    name: "of a run's doorbells in one batch the first rings alone",
    breaks: "L1",
    file: `${lambda}/streamHandler.ts`,
    find: "      rung.keys.add(sk.S)\n",
    replace: "",
    equivalent: "A turn for one row reads the run and adopts all of its rows: what rings for one rings for all."
  },
  {
    name: "a queue message that failed is not named",
    breaks: "L2",
    file: `${lambda}/queueHandler.ts`,
    find: `      Effect.catchCause((cause) => {
        comesAgain.add(messageId)
`,
    replace: `      Effect.catchCause((cause) => {
`
  },
  {
    name: "queue messages that did not end in time are not named",
    breaks: "L2",
    file: `${lambda}/queueHandler.ts`,
    find: "  for (const { messageId } of open.values()) comesAgain.add(messageId)\n",
    replace: ""
  },
  {
    name: "a queue message that is put back is not named",
    breaks: "L2",
    file: `${lambda}/queueHandler.ts`,
    find: "        Effect.sync(() => comesAgain.add(messageId))",
    replace: "        Effect.void"
  },
  {
    name: "queue messages are not hidden any longer than their function's time",
    breaks: "S8",
    file: `${lambda}/queueHandler.ts`,
    find: '      yield* Effect.ignoreCause(queue.renew(delivery, visibilityMs), { log: "Warn" })',
    replace: '      yield* Effect.ignoreCause(queue.renew(delivery, visibilityMs / 10), { log: "Warn" })'
  },
  {
    name: "a function answers with turns under way",
    breaks: "L1",
    file: `${lambda}/container.ts`,
    find: "Effect.tap(work(time, worker), () => idle)",
    replace: "Effect.tap(work(time, worker), () => Effect.void)"
  },
  {
    name: "a warm container keeps the time at which its first event was to give up",
    breaks: "L1",
    file: `${lambda}/container.ts`,
    find: "state.giveUpAt = patience",
    replace: "if (state.giveUpAt === Number.POSITIVE_INFINITY) state.giveUpAt = patience"
  },
  {
    name: "a function takes the whole of its time",
    breaks: "S8",
    file: `${lambda}/timeLeft.ts`,
    find: "const marginMs = Math.min(leftMs / 2, Math.max(1_000, Math.min(5_000, leftMs / 10)))",
    replace: "const marginMs = 0"
  },
  {
    name: "a pass of the sweeper begins anew in each function",
    breaks: "L2",
    file: `${lambda}/sweepHandler.ts`,
    find: "  if (place !== undefined) looks.restore(place)\n",
    replace: "",
    equivalent:
      "An environment that begins anew looks at all runs, as any process does that starts: more reads, and nothing that is missed."
  },
  {
    name: "a look through the table ends with its first page",
    breaks: "L1",
    file: `${lambda}/sweepHandler.ts`,
    find: "complete = cursor === undefined",
    replace: "complete = true"
  },
  {
    name: "a look through the table begins anew with each call",
    breaks: "L1",
    file: `${lambda}/handlers.ts`,
    find: "lookInTime(time, look.cursor)",
    replace: "lookInTime(time, undefined)"
  },
  {
    name: "the stream's filter has no signals",
    breaks: "L1",
    file: `${lambda}/inboxFilter.ts`,
    find: '          { prefix: "signal/" },\n',
    replace: ""
  },
  {
    name: "the stream's filter has no new generations",
    breaks: "L1",
    file: `${lambda}/inboxFilter.ts`,
    find: '          { prefix: "restart/" },\n',
    replace: ""
  },
  {
    name: "the stream's filter takes new rows for the only ones",
    breaks: "L1",
    file: `${lambda}/inboxFilter.ts`,
    find: 'eventName: ["INSERT", "MODIFY"]',
    replace: 'eventName: ["MODIFY"]'
  },
  {
    name: "dead letters are worked on as steps",
    breaks: "L2",
    file: `${lambda}/handlers.ts`,
    find: "handle: (delivery) => handleDeadLetter(delivery, worker)",
    replace: "handle: (delivery) => handleDelivery(delivery, worker)"
  },
  {
    name: "the sweeper's function may not look through the table",
    breaks: "L1",
    file: `${lambda}/permissions.ts`,
    find: 'table: [...turn.table, "dynamodb:Scan"]',
    replace: "table: turn.table"
  },
  {
    name: "the function of the steps may not hide a message",
    breaks: "S8",
    file: `${lambda}/permissions.ts`,
    find: 'queue: ["sqs:SendMessage", ...poll, ...settle]',
    replace: 'queue: ["sqs:SendMessage", ...poll]'
  },
  {
    name: "one run that cannot be turned fails all of its batch",
    breaks: "L4",
    file: `${lambda}/streamHandler.ts`,
    find: "      Effect.catchDefect((defect) => {\n        waiting.delete(runId)\n",
    replace: "      Effect.catchDefect((defect) => {\n"
  },
  {
    name: "the function that purges does not know how long runs are kept",
    breaks: "S34",
    file: `${lambda}/purgeHandler.ts`,
    find: "const retentionMs = retentionMsOf(environment())",
    replace: "const retentionMs = retentionMsOf({ ...environment(), DYNACTOR_RETENTION_MS: undefined })"
  },
  {
    name: "every event has the purge count what it would delete, and no more",
    breaks: "S34",
    file: `${lambda}/purgeHandler.ts`,
    find: 'event !== null && "dryRun" in event && event.dryRun === true',
    replace: "event !== null && (event as { readonly dryRun?: boolean }).dryRun !== false"
  },
  {
    name: "the function that purges has no right to delete in a transaction",
    breaks: "IAM",
    file: `${lambda}/permissions.ts`,
    find: '"dynamodb:BatchWriteItem", "dynamodb:DeleteItem", ',
    replace: '"dynamodb:BatchWriteItem", '
  },
  {
    name: "the function that purges has no right to list the objects of a run",
    breaks: "IAM",
    file: `${lambda}/permissions.ts`,
    find: `    bucket: ["s3:ListBucket"],
    payloadObjects: ["s3:DeleteObject",`,
    replace: `    payloadObjects: ["s3:DeleteObject",`
  }
]
