// biome-ignore-all lint/suspicious/noTemplateCurlyInString: planted source texts hold template literals
import { awayBugs } from "./awayBugs.ts"
import type { Bug } from "./bug.ts"
import { wireDeletionBugs } from "./wireDeletionBugs.ts"

const aws = "src/store/aws"
const table = `${aws}/table`
const feed = `${aws}/feed`

/** Bugs of the adapters for AWS, for schedules that run them on the wire. Each was described before it was tried. */
export const wireBugs: ReadonlyArray<Bug> = [
  {
    name: "an item is read without ConsistentRead",
    breaks: "S1",
    file: `${table}/dynamoTable.ts`,
    find: "new GetCommand({ ...base, Key: { pk, sk }, ConsistentRead: true })",
    replace: "new GetCommand({ ...base, Key: { pk, sk } })"
  },
  {
    name: "a run is read without ConsistentRead",
    breaks: "S1",
    file: `${table}/dynamoRunTable.ts`,
    find: `      values: { ":pk": partition },
      ConsistentRead: true
    })
    const run = storedRun(items, tenant)`,
    replace: `      values: { ":pk": partition }
    })
    const run = storedRun(items, tenant)`
  },
  {
    name: "of a run the first page is read",
    breaks: "S1",
    file: `${table}/dynamoTable.ts`,
    find: "  } while (next !== undefined)\n",
    replace: "  } while (items.length === 0 && next !== undefined)\n"
  },
  {
    name: "a row is put over the one that is there",
    breaks: "S2",
    file: `${table}/dynamoTable.ts`,
    find: 'if (condition === "absent") return { ConditionExpression: "attribute_not_exists(pk)" }',
    replace: 'if (condition === "absent") return {}'
  },
  {
    name: "a head is written whatever version is there",
    breaks: "S3",
    file: `${table}/dynamoTable.ts`,
    find: 'ConditionExpression: "#a = :equals"',
    replace: 'ConditionExpression: "#a >= :equals"'
  },
  {
    name: "one's own commit, whose answer was lost, is taken for another's",
    breaks: "S8",
    file: `${table}/dynamoRunTable.ts`,
    find: 'if (outcome._tag === "Refused" && existing?.c !== commitId) {',
    replace: 'if (outcome._tag === "Refused") {'
  },
  {
    name: "whoever finds a head of the version that it writes takes it for its own",
    breaks: "S3",
    file: `${table}/dynamoRunTable.ts`,
    find: 'if (outcome._tag === "Refused" && existing?.c !== commitId) {',
    replace: 'if (outcome._tag === "Refused" && existing?.v !== head.version) {'
  },
  {
    name: "a workflow is noted as announced before it is",
    breaks: "S13",
    file: `${table}/listing/runListing.ts`,
    find: `    yield* table.putIf(operation, { pk: workflowsPartition(tenant), sk: workflow }, "absent")
    announced.add(workflow)`,
    replace: `    announced.add(workflow)
    yield* table.putIf(operation, { pk: workflowsPartition(tenant), sk: workflow }, "absent")`
  },
  {
    name: "a listing ends with the first page of a partition",
    breaks: "S13",
    file: `${table}/listing/mergedEntries.ts`,
    find: "this.atEnd = next === undefined",
    replace: "this.atEnd = next === undefined || items.length > 0"
  },
  {
    name: "a pause stands in no item",
    breaks: "S30",
    file: `${table}/headItem.ts`,
    find: "...(head.paused === undefined ? {} : { q: JSON.stringify(head.paused) }),",
    replace: ""
  },
  {
    name: "what a sender had put before stands in no item",
    breaks: "S18",
    file: `${table}/messageItem.ts`,
    find: "previous === undefined ? {} : { p: JSON.stringify(previous) }",
    replace: "previous === undefined ? {} : {}"
  },
  {
    name: "a tag that is dropped late takes the one that was put since",
    breaks: "S13",
    file: `${table}/listing/tagItems.ts`,
    find: '{ attribute: "v", atMost: v }),',
    replace: '{ attribute: "v", atMost: v + 2 }),'
  },
  {
    name: "a run that two hosts have begun at once is not found by its tags",
    breaks: "S13",
    file: `${table}/listing/runListing.ts`,
    find: "if (head.startedAt !== places[index]?.startedAt && parseAddress(address).generation > 0) continue",
    replace: "if (head.startedAt !== places[index]?.startedAt) continue"
  },
  {
    name: "starts whose heads are on the page before are taken for runs that have not begun",
    breaks: "L1",
    file: `${table}/unstartedRuns.ts`,
    find: "  let withHead = from?.withHead\n",
    replace: "  let withHead: string | undefined\n",
    equivalent:
      "Such a run is turned once more, which finds nothing to do: a read more for a page's first run, and nothing that anybody could tell by."
  },
  {
    name: "a transaction that meets its own first writing is said to be cancelled",
    breaks: "S35",
    file: `${table}/transactions/putWithItems.ts`,
    find: '  if (existing !== undefined) return { _tag: "Exists", existing } satisfies PutItemsResult\n',
    replace: ""
  },
  {
    name: "a conflict of transactions is told as a cancellation",
    breaks: "S35",
    file: `${table}/transactions/putWithItems.ts`,
    find: '  "TransactionConflict",\n',
    replace: ""
  },
  {
    name: "an output chunk is put over the one that is there",
    breaks: "S24",
    file: `${aws}/beside/dynamoOutput.ts`,
    find: '{ pk, sk, ...chunkItem(chunk) }, "absent")',
    replace: '{ pk, sk, ...chunkItem(chunk) }, { attribute: "t", atMost: chunk.at })'
  },
  {
    name: "a reply is put over the one that is there",
    breaks: "S22",
    file: `${aws}/beside/dynamoReplies.ts`,
    find: `        table.putIf(
          "Replies.put",
          { pk: partitionOf(runId), sk: replyKey(name, id), ...outcomeItem(outcome) },
          "absent"
        )`,
    replace: `        table.put("Replies.put", { pk: partitionOf(runId), sk: replyKey(name, id), ...outcomeItem(outcome) })`
  },
  {
    name: "a mark of a step is written whoever has begun since",
    breaks: "S26",
    file: `${aws}/beside/dynamoStepMarks.ts`,
    find: '{ attribute: "v", equals: mark.version - 1 }',
    replace: '{ attribute: "v", atMost: mark.version }'
  },
  {
    name: "whoever has no place in the stream begins with what comes next",
    breaks: "L1",
    file: `${feed}/feedShards.ts`,
    find: '{ ShardIteratorType: "TRIM_HORIZON" }',
    replace: '{ ShardIteratorType: "LATEST" }'
  },
  {
    name: "a shard is read before its parent",
    breaks: "S18",
    file: `${feed}/dynamoFeed.ts`,
    find: "(parent === undefined || parent.progress.isClosed)",
    replace: "(parent === undefined || parent !== shards)",
    equivalent:
      "Runs take their rows as they are in the table, not as doorbells come: what rings early is adopted early, and its parent's doorbell finds nothing to do."
  },
  {
    name: "a shard is written off while its doorbells are in hand",
    breaks: "L1",
    file: `${feed}/feedProgress.ts`,
    find: "return this.isClosed && this.records.length === 0 && this.spans.length === 0",
    replace: "return this.isClosed && this.records.length === 0"
  },
  {
    name: "a checkpoint stands where was read, and not where was seen to",
    breaks: "L1",
    file: `${feed}/dynamoFeed.ts`,
    find: "const place = progress.isFinished ? shardEnd : progress.settledTo",
    replace: "const place = progress.isFinished ? shardEnd : progress.readTo"
  },
  {
    name: "doorbells are settled when they are handed out",
    breaks: "L1",
    file: `${feed}/feedProgress.ts`,
    find: "if (!span.rings) this.settle(span)",
    replace: "this.settle(span)"
  },
  {
    name: "of several batches in hand the last one settles all",
    breaks: "L1",
    file: `${feed}/feedProgress.ts`,
    find: "while (this.spans[0]?.settled === true) {",
    replace: "while (this.spans.at(-1)?.settled === true) {"
  },
  {
    name: "an iterator that is too old is asked again",
    breaks: "L1",
    file: `${feed}/dynamoFeed.ts`,
    find: `      case "Expired":
        shard.iterator = undefined
        return`,
    replace: `      case "Expired":
        return`
  },
  {
    name: "a reader goes on asking for what the stream has forgotten",
    breaks: "L1",
    file: `${feed}/dynamoFeed.ts`,
    find: `        shard.iterator = undefined
        progress.readTo = undefined
        return`,
    replace: `        shard.iterator = undefined
        return`
  },
  {
    name: "nobody says that the stream may have forgotten something",
    breaks: "L1",
    file: `${feed}/feedCheckpoints.ts`,
    find: "  if (now - savedAt > forgetfulMs) return unread(now - savedAt)\n",
    replace: ""
  },
  {
    name: "of the shards the first page is listed",
    breaks: "L1",
    file: `${feed}/feedShards.ts`,
    find: "ExclusiveStartShardId = StreamDescription?.LastEvaluatedShardId",
    replace: "ExclusiveStartShardId = undefined"
  },
  {
    name: "shards are listed once",
    breaks: "L1",
    file: `${feed}/dynamoFeed.ts`,
    find: "if (now >= listAt) yield* refresh(now)",
    replace: "if (listedAt === undefined) yield* refresh(now)"
  },
  {
    name: "records that ring for nobody stand in a checkpoint's way",
    breaks: "L1",
    file: `${feed}/feedProgress.ts`,
    find: "if (!span.rings) this.settle(span)",
    replace: "if (span.rings && doorbells.length === 0) this.settle(span)"
  },
  {
    name: "messages that SQS has left out of a batch are taken for sent",
    breaks: "L2",
    file: `${aws}/queue/sqsStepQueue.ts`,
    find: "rest = rest.filter((_, index) => refusals[index] !== undefined)",
    replace: "rest = []"
  },
  {
    name: "of a batch in part refused the wrong ones are sent again",
    breaks: "L2",
    file: `${aws}/queue/sqsStepQueue.ts`,
    find: "rest = rest.filter((_, index) => refusals[index] !== undefined)",
    replace: "rest = rest.slice(0, refused.length)"
  },
  {
    name: "a step whose next attempt is refused for good runs again as the attempt that it was",
    breaks: "S8",
    file: "src/streams/workers/stepWorker.ts",
    find: `    answer(runs, delivery, message, unsentAttempt(message.name, attempt, refused), startedAt)
`,
    replace: `    Effect.fail(refused)
`
  },
  {
    name: "a next attempt is sent once the one in hand is deleted",
    breaks: "L2",
    file: `${aws}/queue/sqsStepQueue.ts`,
    find: "Effect.andThen(send([message]), complete([delivery]))",
    replace: "Effect.andThen(complete([delivery]), send([message]))"
  },
  {
    name: "a message that is held is said to be somebody else's",
    breaks: "S8",
    file: `${aws}/queue/sqsStepQueue.ts`,
    find: "await client.send(command, { abortSignal })\n        return true",
    replace: "await client.send(command, { abortSignal })\n        return visibilityMs === 0"
  },
  {
    name: "a schedule puts over the timer's row",
    breaks: "S2",
    file: `${aws}/timers/schedulerTimers.ts`,
    find: 'ConditionExpression: "attribute_not_exists(pk)"',
    replace: ""
  },
  {
    name: "a schedule's row says another time than the timer's",
    breaks: "S5",
    file: `${aws}/timers/schedulerTimers.ts`,
    find: 'const message: TimerMessage = { kind: "timer", at: due, key, due }',
    replace: 'const message: TimerMessage = { kind: "timer", at: due, key, due: Math.floor(due / 1000) * 1000 }'
  },
  {
    name: "a schedule that is there is an error",
    breaks: "L2",
    file: `${aws}/timers/schedulerTimers.ts`,
    find: 'if (error.name === "ConflictException" && !/delet/i.test(error.message)) return { answer: "made" }\n',
    replace: "\n"
  },
  {
    name: "two timers of one key have one schedule",
    breaks: "L2",
    file: `${aws}/timers/schedulerTimers.ts`,
    find: "[options.tableName, options.tenant, timer.runId, timer.key, timer.due]",
    replace: "[options.tableName, options.tenant, timer.key, timer.due]"
  },
  {
    name: "an object is looked for beside the others",
    breaks: "S6",
    file: `${aws}/payloads/s3Payloads.ts`,
    find: "await client.send(new commands.GetObjectCommand(objectOf(name)), { abortSignal })",
    replace: "await client.send(new commands.GetObjectCommand({ Bucket: bucketName, Key: name }), { abortSignal })"
  },
  {
    name: "a throttled table is taken for one that refuses",
    breaks: "L2",
    file: `${aws}/calls/awsErrors.ts`,
    find: "RequestLimitExceeded|ProvisionedThroughputExceeded|^Limit",
    replace: "RequestLimitExceeded|^Limit",
    and: [
      {
        file: `${aws}/calls/awsErrors.ts`,
        find: "InvalidMessageContents|InvalidParameterValue|BatchRequestTooLong|MessageTooLong",
        replace:
          "ProvisionedThroughputExceeded|InvalidMessageContents|InvalidParameterValue|BatchRequestTooLong|MessageTooLong"
      }
    ]
  },
  {
    name: "the start of a user's transaction is put over the one that is there",
    breaks: "S38",
    file: `${table}/transactions/rowItems.ts`,
    find: 'ConditionExpression: "attribute_not_exists(pk)"',
    replace: 'ConditionExpression: "attribute_not_exists(nothing)"'
  },
  {
    name: "the signal of a user's transaction asks whether its run was cancelled, and not how else it may have ended",
    breaks: "S38",
    file: `${table}/transactions/rowItems.ts`,
    find: 'isTerminal(status) && status !== "continued"',
    replace: 'status === "cancelled"'
  },
  {
    name: "the signal of a user's transaction has no condition",
    breaks: "S38",
    file: `${table}/transactions/rowItems.ts`,
    find: "return { items: [...openChecks(TableName, { tenant, address, openRunOf, isBegun }), put] }",
    replace: "return { items: [put] }"
  },
  {
    name: "the signal of a user's transaction is not for a run that continues as new",
    breaks: "S38",
    file: `${table}/transactions/rowItems.ts`,
    find: "attribute_not_exists(gp) OR NOT gp IN",
    replace: "attribute_not_exists(np) AND NOT gp IN"
  },
  ...wireDeletionBugs,
  ...awayBugs
]
