// biome-ignore-all lint/suspicious/noTemplateCurlyInString: planted source texts hold template literals
import type { AdapterBug, Bug } from "./bug.ts"

const keys = "src/store/aws/table/keys.ts"
const bytes = "store/aws/bytes.test.ts"
const areBytes = "sizes are bytes, and not characters"
const looks = "streams/looks.test.ts"
const sqliteQueue = "src/store/sqlite/sqliteQueue.ts"

/** Slips that an audit had planted, and that neither the world nor a test saw: of those that the world sees now. See `docs/survivors.md`. */
export const survivorBugs: ReadonlyArray<Bug> = [
  {
    name: "a parent is told a large outcome as it is, and not by its object",
    breaks: "S12",
    file: "src/streams/commits/buildCommit.ts",
    find: "lastNotices(actor, start, concluded?.outcome ?? outcome, at)",
    replace: "lastNotices(actor, start, concluded?.outcome ?? own ?? outcome, at)"
  },
  {
    name: "a parent is told of an object that nobody has put for it",
    breaks: "S11",
    file: "src/streams/commits/rowsForOthers.ts",
    find: "  const payload = yield* isInHand ? offload(whole, runId) : copiedFor(message.outcome.payload, runId)",
    replace:
      "  const payload = yield* isInHand\n    ? Effect.succeed({ ...message.outcome.payload, owner: ownerOf(runId) })\n    : copiedFor(message.outcome.payload, runId)",
    and: [
      {
        file: "src/streams/commits/rowsForOthers.ts",
        find: 'import { answerTo } from "../../store/judgeNotice.ts"\n',
        replace:
          'import { ownerOf } from "../../store/deletion/payloadNames.ts"\nimport { answerTo } from "../../store/judgeNotice.ts"\n'
      }
    ]
  },
  {
    name: "an argument of a log line holds what a step was asked with",
    breaks: "S16",
    file: "src/streams/workers/stepWorker.ts",
    find: "is ahead of its commit (receipt ${delivery.receives})`\n",
    replace: "is ahead of its commit (receipt ${delivery.receives})`,\n    message\n"
  }
]

/** Of those that a test notices now. */
export const survivorTestBugs: ReadonlyArray<AdapterBug> = [
  {
    name: "a pass of the sweeper ends with the first page of the listing",
    file: "src/streams/wakeups/sweeper.ts",
    find: "looks.turnPage(status, page.cursor)",
    replace: "looks.turnPage(status, undefined)",
    test: looks,
    noticedBy: "however many runs are quiet 9000 cost"
  },
  {
    name: "a sweep ends with its ten thousandth run",
    file: "src/streams/wakeups/sweeper.ts",
    find: "  while (mayGoOn()) {\n    const from",
    replace: "  while (mayGoOn() && result.scanned < 10_000) {\n    const from",
    test: looks,
    noticedBy: "however many runs are quiet 10001 cost"
  },
  {
    name: "with ten thousand runs found of, the sweeper looks at nobody",
    file: "src/streams/wakeups/looks.ts",
    find: '    const isNew = status === "parked" && !this.hasTriedParked\n',
    replace:
      '    if (this.found.size >= mostFound) return false\n    const isNew = status === "parked" && !this.hasTriedParked\n',
    test: looks,
    noticedBy: "whoever has found something of ten thousand runs"
  },
  {
    name: "a step counts as lost after the shorter of two times",
    file: "src/streams/turns/recoverLost.ts",
    find: "Math.max(options.queueRetentionMs, 2 * longestMs(step))",
    replace: "Math.min(options.queueRetentionMs, 2 * longestMs(step))",
    test: "streams/recoverLost.test.ts",
    noticedBy: "a step that the queue has lost is sent once, however often it is looked at"
  },
  {
    name: "a schedule's name does not say the tenant",
    file: "src/store/aws/timers/schedulerTimers.ts",
    find: "[options.tableName, options.tenant, timer.runId",
    replace: "[options.tableName, timer.runId",
    test: "store/aws/scheduleName.test.ts",
    noticedBy: "a schedule has a name that no other"
  },
  {
    name: "on SQLite an outdated receipt replaces what somebody else has in hand",
    file: sqliteQueue,
    find: "if (queue.removeOurs(delivery)) queue.insert(message, now, afterCommit)",
    replace: "queue.remove(delivery)\n        queue.insert(message, now, afterCommit)",
    test: "store/sqliteQueue.test.ts",
    noticedBy: "a receipt of a message that is gone is none of the next one's"
  },
  {
    name: "a timer that was handed out in its process is cleared for others alone",
    file: sqliteQueue,
    find: "    afterCommit(() => this.handedTimers.clear(tag))",
    replace: "    afterCommit(() => undefined)",
    test: "store/handedTimers.test.ts",
    noticedBy: "a handed timer that is cleared does not fire, and those beside it do"
  },
  {
    name: "a payload's size is its characters",
    file: "src/store/payloads.ts",
    find: "const bytes = Buffer.byteLength(payload.json)\n  if",
    replace: "const bytes = payload.json.length\n  if",
    test: bytes,
    noticedBy: `${areBytes} of a payload`
  },
  {
    name: "an item's size is counted in characters",
    file: "src/store/aws/table/attributes.ts",
    find: "bytes += Buffer.byteLength(value)",
    replace: "bytes += value.length",
    test: bytes,
    noticedBy: `${areBytes} of an item`
  },
  {
    name: "the length of a key is counted in characters",
    file: keys,
    find: "Buffer.byteLength(partition) <= maxPartitionBytes && Buffer",
    replace: "partition.length <= maxPartitionBytes && Buffer",
    test: bytes,
    noticedBy: `${areBytes} of the keys of an item`
  },
  {
    name: "the length of a stream's partition is counted in characters",
    file: keys,
    find: "if (Buffer.byteLength(partition) <= maxPartitionBytes) return partition",
    replace: "if (partition.length <= maxPartitionBytes) return partition",
    test: bytes,
    noticedBy: `${areBytes} of the partition of a stream`
  },
  {
    name: "the size of a batch of messages is counted in characters",
    file: "src/store/aws/queue/sqsStepQueue.ts",
    find: "bytesOf: ({ body }) => Buffer.byteLength(body)",
    replace: "bytesOf: ({ body }) => body.length",
    test: bytes,
    noticedBy: `${areBytes} of the messages that go to SQS`
  },
  {
    name: "a reader stays with the stream that its table had first",
    file: "src/store/aws/feed/dynamoFeed.ts",
    find: "streamArn === undefined || asksAgain ? yield*",
    replace: "streamArn === undefined ? yield*",
    test: "store/aws/dynamoFeedGap.test.ts",
    noticedBy: "a feed reads on in the stream that its table has since"
  },
  {
    name: "segments that the head does not count are history",
    file: "src/store/reading/wholeRun.ts",
    find: "stored.segments.slice(0, head.segments).flat()",
    replace: "stored.segments.flat()",
    test: "store/wholeRun.test.ts",
    noticedBy: "the order of a run ends with the segments that its head counts"
  },
  {
    name: "of a step that has waited for long the fence of its commit says enough",
    file: "src/streams/workers/stepWorker.ts",
    find: '    if (answer === "valid" && isOld) return unlessUnwanted(head, message)\n',
    replace: "",
    test: "streams/lateSteps.test.ts",
    noticedBy:
      "A step whose message has waited for long, on dynoxide and fauxqs is left alone where its run goes on without it"
  }
]
