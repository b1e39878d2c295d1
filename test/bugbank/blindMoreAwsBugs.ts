// biome-ignore-all lint/suspicious/noTemplateCurlyInString: planted source texts hold template literals
import type { AdapterBug } from "./bug.ts"

/** As `blindAwsBugs.ts`, of a second batch: of all rooms of the adapters for AWS. */
export const blindMoreAwsBugs: ReadonlyArray<AdapterBug> = [
  {
    name: "an item with a key that is too long is asked for all the same",
    file: "src/store/aws/table/dynamoTable.ts",
    find: `        if (!isPossibleKey(pk, sk)) return undefined
`,
    replace: "",
    test: "store/aws/tableCalls.test.ts",
    noticedBy: "an item with a key that is over DynamoDB's limits is not there, and nobody is asked"
  },
  {
    name: "what a transaction has cost on users' own tables is counted with that of the runs",
    file: "src/store/aws/table/dynamoTable.ts",
    find: `            if (consumed.TableName === tableName) reportCapacity(onCapacity, "write", operation, consumed)`,
    replace: `            reportCapacity(onCapacity, "write", operation, consumed)`,
    test: "store/aws/tableCalls.test.ts",
    noticedBy: "a transaction is billed for what it has cost on this table"
  },
  {
    name: "a transaction on a table that is not there waits for the service for ever",
    file: "src/store/aws/table/dynamoTable.ts",
    find: "/AccessDenied|ResourceNotFound/.test(error.name)",
    replace: "/AccessDenied/.test(error.name)",
    test: "store/aws/putWithItems.test.ts",
    noticedBy: "a transaction that was not taken fails the attempt where a right or a table of the user's is missing"
  },
  {
    name: "a tombstone that another has removed by now is taken for a service that is away",
    file: "src/store/aws/table/deletion/deletes.ts",
    find: `error.CancellationReasons?.some(({ Code }) => Code === "ConditionalCheckFailed") === true`,
    replace: `error.CancellationReasons?.every(({ Code }) => Code === "ConditionalCheckFailed") === true`,
    test: "store/aws/tableCalls.test.ts",
    noticedBy: "two items that go together stay where the second is no more what it was, or is gone"
  },
  {
    name: "a data key seals one text more than it may",
    file: "src/store/aws/kms/dataKeys.ts",
    find: "known.uses >= this.options.maxUses",
    replace: "known.uses > this.options.maxUses",
    test: "codec/codecs.test.ts",
    noticedBy: "kmsCodec asks for another after its age, and after its uses"
  },
  {
    name: "lines of several log groups come group by group, and not by their time",
    file: "src/store/aws/deployment/readLogs.ts",
    find: "return lines.flat().sort((a, b) => a.at - b.at)",
    replace: "return lines.flat()",
    test: "cli/deploy.test.ts",
    noticedBy: "outputs and logs of a stack logs prints the lines of all functions by their times, or of one"
  },
  {
    name: "a listing by a tag and a prefix ends where five hundred have the tag and not the prefix",
    file: "src/store/aws/table/listing/runListing.ts",
    find: "if (places.length === 0 && looked < mostHeads) return { runs }",
    replace: "if (places.length === 0) return { runs }",
    test: "store/aws/everyRead.test.ts",
    noticedBy:
      "what comes in several pages is read to its end a listing by a tag and what ids begin with, of which hundreds have the one and not the other"
  },
  {
    name: "a sign of life of a stream's reader is written every few seconds, and not every few hours",
    file: "src/store/aws/feed/feedCheckpoints.ts",
    find: "const aliveIntervalMs = 6 * 3_600_000",
    replace: "const aliveIntervalMs = 6 * 3_600",
    test: "store/aws/everyRead.test.ts",
    noticedBy: "what is remembered was written before that somebody reads the stream is written some times a day"
  },
  {
    name: "a late put of a tag by an earlier generation undoes that of a later one",
    file: "src/store/aws/table/listing/tagItems.ts",
    find: "const v = generation * versionsOfGeneration + version",
    replace: "const v = version",
    test: "store/wire.test.ts",
    noticedBy: "AWS store on the wire RunTable: the wire lists a run by a tag that its newest generation has"
  },
  {
    name: "a count that has come to the most that was asked for does not look whether there are more",
    file: "src/store/aws/table/listing/countRuns.ts",
    find: "while (shards.length > 0 && count <= most)",
    replace: "while (shards.length > 0 && count < most)",
    test: "store/aws/countRuns.test.ts",
    noticedBy: "a count says that there are more wherever there are, however its pages lie"
  },
  {
    name: "a process that reads what it has committed itself counts as one of several",
    file: "src/store/aws/table/headWaiters.ts",
    find: "if (run === undefined || version <= run.version) return Effect.void",
    replace: "if (run === undefined || version < run.version) return Effect.void",
    test: "store/aws/headWaiters.test.ts",
    noticedBy: "trusts in its own commits only as long as no other process drives its runs"
  },
  {
    name: "a clock that is behind is told to be ahead",
    file: "src/store/aws/health/tableHealth.ts",
    find: "behindSeconds > 0 ?",
    replace: "behindSeconds < 0 ?",
    test: "store/aws/health.test.ts",
    noticedBy: "a clock that is 40 s behind the service's is told as it is"
  },
  {
    name: "fences of which one has no time have none, and what follows them is read wrongly",
    file: "src/store/aws/table/headBody.ts",
    find: "body.fences.some(({ sentAt }) => sentAt !== undefined)",
    replace: "body.fences.every(({ sentAt }) => sentAt !== undefined)",
    test: "store/aws/headItem.test.ts",
    noticedBy: "a head as an item comes back as it was, whatever it holds"
  },
  {
    name: "a message that was refused for credentials that have expired is refused for good",
    file: "src/store/aws/queue/sqsStepQueue.ts",
    find: `refused.find(({ sort }) => sort !== "away" && sort !== "credentials")`,
    replace: `refused.find(({ sort }) => sort !== "away")`,
    test: "store/aws/sqsStepQueue.test.ts",
    noticedBy: "sends again what was refused for credentials that have expired"
  },
  {
    name: "each request of one wait for messages waits for all of it",
    file: "src/store/aws/queue/sqsStepQueue.ts",
    find: "yield* receiveOnce(url, { ...options, waitMs: leftMs })",
    replace: "yield* receiveOnce(url, options)",
    test: "store/aws/sqsStepQueue.test.ts",
    noticedBy: "asks again, as long as it is to wait, when SQS answers"
  },
  {
    name: "a timer that is due in some years is not cleared",
    file: "src/store/aws/timers/schedulerTimers.ts",
    find: "scheduleName(options, { ...timer, due: nextLink(timer.due, now) })",
    replace: "scheduleName(options, timer)",
    test: "store/aws/schedulerTimers.test.ts",
    noticedBy: "Schedules of EventBridge Scheduler (fake) deletes the schedule of a timer that is cleared"
  },
  {
    name: "of a deleted run's objects those of the first page go, and no more",
    file: "src/store/aws/payloads/s3Objects.ts",
    find: `      next = found.next
`,
    replace: "",
    test: "store/aws/s3Objects.test.ts",
    noticedBy: "all objects of a run are deleted with it, on whichever page, and no other's, below payloads/"
  },
  {
    name: "a shard that was read to its end and is gone by now counts as lost",
    file: "src/store/aws/feed/feedCheckpoints.ts",
    find: "if (place === shardEnd || listed.has(shardId)) continue",
    replace: "if (listed.has(shardId)) continue",
    test: "store/aws/dynamoFeedGap.test.ts",
    noticedBy: "a feed that may have missed records does not miss a shard that it has read to its end"
  },
  {
    name: "a shard that was read to its end is read again for as long as the stream knows it",
    file: "src/store/aws/feed/dynamoFeed.ts",
    find: "if (place === shardEnd && shards.delete(shardId)) finished.add(shardId)",
    replace: "if (place === shardEnd) shards.delete(shardId)",
    test: "store/aws/dynamoFeed.test.ts",
    noticedBy: "a shard whose end has been read is not read again, for as long as the stream lists it"
  },
  {
    name: "a look through the table that is over at once is not written down as over",
    file: "src/store/aws/feed/feedGap.ts",
    find: "if (!isOver && now - look.at < saveIntervalMs) return true",
    replace: "if (now - look.at < saveIntervalMs) return true",
    test: "store/aws/dynamoFeedGap.test.ts",
    noticedBy: "a feed that may have missed records says so when nobody has read for most of a day, and not before"
  },
  {
    name: "a stream is noted for whoever deletes its run behind its first chunk, and not before",
    file: "src/store/aws/beside/dynamoOutput.ts",
    find: `    if (chunk.position === 0) yield* table.put("OutputChunks.put", placeOf(stream))
    const outcome = yield* table.putIf("OutputChunks.put", { pk, sk, ...chunkItem(chunk) }, "absent")
`,
    replace: `    const outcome = yield* table.putIf("OutputChunks.put", { pk, sk, ...chunkItem(chunk) }, "absent")
    if (chunk.position === 0) yield* table.put("OutputChunks.put", placeOf(stream))
`,
    test: "store/aws/outputItems.test.ts",
    noticedBy: "a stream has no chunk of which nobody would know who deletes its run"
  },
  {
    name: "objects below a prefix of the user's own stay when their run is deleted",
    file: "src/store/aws/functionStore.ts",
    find: `  const { bucketName, tenant = "" } = options
  const prefix = options.payloadPrefix ?? payloadPrefixOf(tenant)
`,
    replace: `  const { bucketName, tenant = "" } = options
  const prefix = payloadPrefixOf(tenant)
`,
    test: "store/aws/s3Objects.test.ts",
    noticedBy: "all objects of a run are deleted with it, on whichever page, and no other's, below of our own/"
  },
  {
    name: "clients of the SDK stay open when their store is closed",
    file: "src/store/aws/awsClients.ts",
    find: `    opened.push(client)
`,
    replace: "",
    test: "store/aws/awsClients.test.ts",
    noticedBy: "clients are closed with their store, those that were loaded later too"
  },
  {
    name: "after how many receipts a message is dead is what it always is, and not what was asked for",
    file: "src/store/aws/createAwsTables.ts",
    find: "maxReceiveCount: options.maxReceives }",
    replace: "maxReceiveCount: 10 }",
    test: "store/wire.test.ts",
    noticedBy: "AWS store on the wire StepQueue: the wire makes a message that nobody completes a dead letter"
  },
  {
    name: "an event source that is being switched off counts as there",
    file: "src/store/aws/health/eventSourceHealth.ts",
    find: "if (/^Disabl/.test(State))",
    replace: "if (/^Disabled/.test(State))",
    test: "inspection/doctor.test.ts",
    noticedBy: "the doctor of a deployment finds an event source that is switched off"
  },
  {
    name: "credentials that have expired are told as a right that is missing",
    file: "src/store/aws/health/probe.ts",
    find: `  if (isOfCredentials(error))
    return wrong(`,
    replace: `  if (isOfCredentials(error) && !isForbidden)
    return wrong(`,
    test: "store/aws/health.test.ts",
    noticedBy: "a call that is answered with 403 and ExpiredToken says what is to be put right"
  },
  {
    name: "an error of a name that is new, with status 429, is a refusal",
    file: "src/store/aws/calls/awsErrors.ts",
    find: "![408, 409, 425, 429].includes(status)",
    replace: "![408, 409, 425].includes(status)",
    test: "store/aws/awsErrors.test.ts",
    noticedBy: "what AWS answers kms: Unheard (429) : away"
  },
  {
    name: "a secret that is away for a moment keeps those from signing who have a key",
    file: "src/store/aws/callbacks/secretCallbackKeys.ts",
    find: `      if (known !== undefined) return keyOf(known.ring)
`,
    replace: "",
    test: "store/aws/secretCallbackKeys.test.ts",
    noticedBy: "keys in a secret go on signing when they have grown old and cannot be read anew"
  }
]
