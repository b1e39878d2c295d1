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
    test: "store/wire.test.ts",
    noticedBy: ""
  },
  {
    name: "what a transaction has cost on users' own tables is counted with that of the runs",
    file: "src/store/aws/table/dynamoTable.ts",
    find: `            if (consumed.TableName === tableName) reportCapacity(onCapacity, "write", operation, consumed)`,
    replace: `            reportCapacity(onCapacity, "write", operation, consumed)`,
    test: "",
    noticedBy: ""
  },
  {
    name: "a transaction on a table that is not there waits for the service for ever",
    file: "src/store/aws/table/dynamoTable.ts",
    find: "/AccessDenied|ResourceNotFound/.test(error.name)",
    replace: "/AccessDenied/.test(error.name)",
    test: "",
    noticedBy: ""
  },
  {
    name: "a tombstone that another has removed by now is taken for a service that is away",
    file: "src/store/aws/table/deletion/deletes.ts",
    find: `error.CancellationReasons?.some(({ Code }) => Code === "ConditionalCheckFailed") === true`,
    replace: `error.CancellationReasons?.every(({ Code }) => Code === "ConditionalCheckFailed") === true`,
    test: "store/wire.test.ts",
    noticedBy: ""
  },
  {
    name: "a data key seals one text more than it may",
    file: "src/store/aws/kms/dataKeys.ts",
    find: "known.uses >= this.options.maxUses",
    replace: "known.uses > this.options.maxUses",
    test: "codec/codecs.test.ts",
    noticedBy: ""
  },
  {
    name: "lines of several log groups come group by group, and not by their time",
    file: "src/store/aws/deployment/readLogs.ts",
    find: "return lines.flat().sort((a, b) => a.at - b.at)",
    replace: "return lines.flat()",
    test: "",
    noticedBy: ""
  },
  {
    name: "a listing by a tag and a prefix ends where five hundred have the tag and not the prefix",
    file: "src/store/aws/table/listing/runListing.ts",
    find: "if (places.length === 0 && looked < mostHeads) return { runs }",
    replace: "if (places.length === 0) return { runs }",
    test: "",
    noticedBy: ""
  },
  {
    name: "a sign of life of a stream's reader is written every few seconds, and not every few hours",
    file: "src/store/aws/feed/feedCheckpoints.ts",
    find: "const aliveIntervalMs = 6 * 3_600_000",
    replace: "const aliveIntervalMs = 6 * 3_600",
    test: "",
    noticedBy: ""
  },
  {
    name: "a late put of a tag by an earlier generation undoes that of a later one",
    file: "src/store/aws/table/listing/tagItems.ts",
    find: "const v = generation * versionsOfGeneration + version",
    replace: "const v = version",
    test: "",
    noticedBy: ""
  },
  {
    name: "a count that has come to the most that was asked for does not look whether there are more",
    file: "src/store/aws/table/listing/countRuns.ts",
    find: "while (shards.length > 0 && count <= most)",
    replace: "while (shards.length > 0 && count < most)",
    test: "",
    noticedBy: ""
  },
  {
    name: "a process that reads what it has committed itself counts as one of several",
    file: "src/store/aws/table/headWaiters.ts",
    find: "if (run === undefined || version <= run.version) return Effect.void",
    replace: "if (run === undefined || version < run.version) return Effect.void",
    test: "store/aws/headWaiters.test.ts",
    noticedBy: ""
  },
  {
    name: "a clock that is behind is told to be ahead",
    file: "src/store/aws/health/tableHealth.ts",
    find: "behindSeconds > 0 ?",
    replace: "behindSeconds < 0 ?",
    test: "store/aws/health.test.ts",
    noticedBy: ""
  },
  {
    name: "fences of which one has no time have none, and what follows them is read wrongly",
    file: "src/store/aws/table/headBody.ts",
    find: "body.fences.some(({ sentAt }) => sentAt !== undefined)",
    replace: "body.fences.every(({ sentAt }) => sentAt !== undefined)",
    test: "store/aws/headItem.test.ts",
    noticedBy: ""
  },
  {
    name: "a message that was refused for credentials that have expired is refused for good",
    file: "src/store/aws/queue/sqsStepQueue.ts",
    find: `refused.find(({ sort }) => sort !== "away" && sort !== "credentials")`,
    replace: `refused.find(({ sort }) => sort !== "away")`,
    test: "",
    noticedBy: ""
  },
  {
    name: "each request of one wait for messages waits for all of it",
    file: "src/store/aws/queue/sqsStepQueue.ts",
    find: "yield* receiveOnce(url, { ...options, waitMs: leftMs })",
    replace: "yield* receiveOnce(url, options)",
    test: "",
    noticedBy: ""
  },
  {
    name: "a timer that is due in some years is not cleared",
    file: "src/store/aws/timers/schedulerTimers.ts",
    find: "scheduleName(options, { ...timer, due: nextLink(timer.due, now) })",
    replace: "scheduleName(options, timer)",
    test: "store/aws/schedulerTimers.test.ts",
    noticedBy: ""
  },
  {
    name: "of a deleted run's objects those of the first page go, and no more",
    file: "src/store/aws/payloads/s3Objects.ts",
    find: `      next = found.next
`,
    replace: "",
    test: "",
    noticedBy: ""
  },
  {
    name: "a shard that was read to its end and is gone by now counts as lost",
    file: "src/store/aws/feed/feedCheckpoints.ts",
    find: "if (place === shardEnd || listed.has(shardId)) continue",
    replace: "if (listed.has(shardId)) continue",
    test: "store/aws/dynamoFeedGap.test.ts",
    noticedBy: ""
  },
  {
    name: "a shard that was read to its end is read again for as long as the stream knows it",
    file: "src/store/aws/feed/dynamoFeed.ts",
    find: "if (place === shardEnd && shards.delete(shardId)) finished.add(shardId)",
    replace: "if (place === shardEnd) shards.delete(shardId)",
    test: "store/aws/dynamoFeed.test.ts",
    noticedBy: ""
  },
  {
    name: "a look through the table that is over at once is not written down as over",
    file: "src/store/aws/feed/feedGap.ts",
    find: "if (!isOver && now - look.at < saveIntervalMs) return true",
    replace: "if (now - look.at < saveIntervalMs) return true",
    test: "store/aws/dynamoFeedGap.test.ts",
    noticedBy: ""
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
    test: "",
    noticedBy: ""
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
    test: "",
    noticedBy: ""
  },
  {
    name: "clients of the SDK stay open when their store is closed",
    file: "src/store/aws/awsClients.ts",
    find: `    opened.push(client)
`,
    replace: "",
    test: "",
    noticedBy: ""
  },
  {
    name: "after how many receipts a message is dead is what it always is, and not what was asked for",
    file: "src/store/aws/createAwsTables.ts",
    find: "maxReceiveCount: options.maxReceives }",
    replace: "maxReceiveCount: 10 }",
    test: "",
    noticedBy: ""
  },
  {
    name: "an event source that is being switched off counts as there",
    file: "src/store/aws/health/eventSourceHealth.ts",
    find: "if (/^Disabl/.test(State))",
    replace: "if (/^Disabled/.test(State))",
    test: "store/aws/health.test.ts",
    noticedBy: ""
  },
  {
    name: "credentials that have expired are told as a right that is missing",
    file: "src/store/aws/health/probe.ts",
    find: `  if (isOfCredentials(error))
    return wrong(`,
    replace: `  if (isOfCredentials(error) && !isForbidden)
    return wrong(`,
    test: "store/aws/health.test.ts",
    noticedBy: ""
  },
  {
    name: "an error of a name that is new, with status 429, is a refusal",
    file: "src/store/aws/calls/awsErrors.ts",
    find: "![408, 409, 425, 429].includes(status)",
    replace: "![408, 409, 425].includes(status)",
    test: "store/aws/awsErrors.test.ts",
    noticedBy: ""
  },
  {
    name: "a secret that is away for a moment keeps those from signing who have a key",
    file: "src/store/aws/callbacks/secretCallbackKeys.ts",
    find: `      if (known !== undefined) return keyOf(known.ring)
`,
    replace: "",
    test: "store/aws/secretCallbackKeys.test.ts",
    noticedBy: ""
  }
]
