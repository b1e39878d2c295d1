// biome-ignore-all lint/suspicious/noTemplateCurlyInString: planted source texts hold template literals
import type { AdapterBug } from "./bug.ts"

/** Of files of the adapters for AWS that had no planted bug: each was described without a look at what there is to notice it (docs/survivors.md). */
export const blindAwsBugs: ReadonlyArray<AdapterBug> = [
  {
    name: "a batch holds one entry more than a request takes",
    file: "src/store/aws/calls/batcher.ts",
    find: "if (count === maxEntries ||",
    replace: "if (count > maxEntries ||",
    test: "store/aws/batcher.test.ts",
    noticedBy: "lets no full request wait for a place, up to a limit"
  },
  {
    name: "a client of the SDK that could not be loaded once is never loaded",
    file: "src/store/aws/calls/lazy.ts",
    find: `      loaded = undefined
`,
    replace: "",
    test: "store/aws/lazy.test.ts",
    noticedBy: "what could not be loaded is loaded at the next use"
  },
  {
    name: "a quota that is used up counts as a service that is away",
    file: "src/store/aws/calls/awsCall.ts",
    find: `      case "credentials":
        return undefined
      case "content":
        return refusalOf(operation, error)
      case "deployment":
      case "quota":
`,
    replace: `      case "credentials":
      case "quota":
        return undefined
      case "content":
        return refusalOf(operation, error)
      case "deployment":
`,
    test: "store/aws/awsErrors.test.ts",
    noticedBy: "a call to another service than the table is no matter of waiting where the quota is used up"
  },
  {
    name: "what an index has cost is counted with the table as well",
    file: "src/store/aws/calls/capacity.ts",
    find: "tableUnits: (consumed.CapacityUnits ?? 0) - indexUnits",
    replace: "tableUnits: consumed.CapacityUnits ?? 0",
    test: "store/aws/dynamoRunTable.test.ts",
    noticedBy: "The run table on dynoxide write units of a start"
  },
  {
    name: "a look through the table counts by when it last moved, and not by when it began",
    file: "src/store/aws/feed/feedGap.ts",
    find: "before.begunAt > mine.foundAt - forgetfulMs",
    replace: "before.at > mine.foundAt - forgetfulMs",
    test: "store/aws/dynamoFeedGap.test.ts",
    noticedBy:
      "a look through the table for what a feed has forgotten is made once more if the other has come to its end since"
  },
  {
    name: "each who waits for keys that are away asks for them anew, one after the other",
    file: "src/store/aws/calls/callLine.ts",
    find: "if (failed !== undefined && failed.at > asked) return Effect.fail(failed.error)",
    replace: "if (failed !== undefined && failed.at < asked) return Effect.fail(failed.error)",
    test: "store/aws/secretCallbackKeys.test.ts",
    noticedBy:
      "keys in a secret are asked for by all who wait in line at a time: the last of many is told that they are away as soon as the first"
  },
  {
    name: "who has changed the keys of callbacks goes on with those before",
    file: "src/store/aws/callbacks/secretCallbackKeys.ts",
    find: `      kept = { ring, loadedAt: yield* Clock.currentTimeMillis }
      return ring.id`,
    replace: "      return ring.id",
    test: "store/aws/secretCallbackKeys.test.ts",
    noticedBy:
      "CallbackKeys: a secret of Secrets Manager signs with a new key, and keeps as many of the others as it is told to"
  },
  {
    name: "a step whose next attempt was sent is shown as still in hand",
    file: "src/store/aws/beside/notedAttempts.ts",
    find: `          Effect.tap(together(queue.replace(delivery, message), noteGiven(delivery, message)), () =>
            Effect.sync(() => inHand.drop(delivery))
          )`,
    replace: "          together(queue.replace(delivery, message), noteGiven(delivery, message))",
    test: "store/aws/stepsInHand.test.ts",
    noticedBy: "what a process knows of steps on SQS shows the next attempt that was sent in its place"
  },
  {
    name: "who gives back an early attempt takes a later one out of hand",
    file: "src/store/aws/queue/stepsInHand.ts",
    find: " || inHand.step.attempt > message.attempt) return",
    replace: ") return",
    test: "store/aws/stepsInHand.test.ts",
    noticedBy: "what a process knows of steps on SQS keeps a later attempt in hand"
  },
  {
    name: "a number of a compact item loses what is above 32 bits",
    file: "src/store/aws/table/bytes.ts",
    find: "value += (byte & 0x7f) * factor",
    replace: "value += ((byte & 0x7f) * factor) | 0",
    test: "store/aws/items.test.ts",
    noticedBy: "bytes come back as they were written"
  },
  {
    name: "an answer that comes late makes a run that is over one that goes on",
    file: "src/store/aws/table/headWaiters.ts",
    find: "if (run !== undefined && !isOver(run.status)) Object",
    replace: "if (run !== undefined) Object",
    test: "store/aws/headWaiters.test.ts",
    noticedBy: "does not wait for a run that has just succeeded"
  },
  {
    name: "a key with leading zeros comes back without them",
    file: "src/store/aws/table/keyDictionary.ts",
    find: "(?:0|[1-9]\\d{0,14})",
    replace: "\\d{1,15}",
    test: "store/aws/headItem.test.ts",
    noticedBy: "a head as an item comes back as it was, whatever it holds"
  },
  {
    name: "a count that is just as high as was asked says that there are more",
    file: "src/store/aws/table/listing/countRuns.ts",
    find: "isMore: count > most }",
    replace: "isMore: count >= most }",
    test: "store/wire.test.ts",
    noticedBy: "AWS store on the wire RunTable (the wire): a listing and a plain list count the same of each status"
  },
  {
    name: "a run with tags that goes on is listed as moved in 1970",
    file: "src/store/aws/table/listing/listedAttributes.ts",
    find: "JSON.stringify([updatedAt ?? null, tags])",
    replace: "JSON.stringify([updatedAt ?? 0, tags])",
    test: "store/wire.test.ts",
    noticedBy: "AWS store on the wire RunTable: the wire lists by every combination of workflow and status"
  },
  {
    name: "whose an object is is not read back",
    file: "src/store/aws/table/payloadAttributes.ts",
    find: '"ow" in item ? { ...reference, owner: textOf(item, "ow") } : reference',
    replace: "reference",
    test: "store/aws/items.test.ts",
    noticedBy: "rows as items come back as they were: step/chargeCard#3"
  },
  {
    name: "names of schedules that an earlier build has kept count as none",
    file: "src/store/aws/table/sweepPlaceItem.ts",
    find: '"names" in kept ? kept : { names: kept,',
    replace: '"names" in kept ? kept : { names: [],',
    test: "store/aws/deployedNames.test.ts",
    noticedBy: "those that an earlier build has kept are names as well"
  },
  {
    name: "all tenants' values are sealed as those of none",
    file: "src/store/aws/functionStore.ts",
    find: "codec.sealServices(services, tenant)",
    replace: 'codec.sealServices(services, tenant && "")',
    test: "store/aws/tenantKeys.test.ts",
    noticedBy: "each kind of store seals for its tenant"
  },
  {
    name: "a data key that is open is open for every tenant",
    file: "src/store/aws/kms/dataKeys.ts",
    find: `      const id = \`\${tenant}/\${Buffer.from(wrapped).toString("base64")}\`
`,
    replace: `      const id = Buffer.from(wrapped).toString("base64")
`,
    test: "codec/codecs.test.ts",
    noticedBy: "kmsCodec asks KMS for each tenant by itself"
  },
  {
    name: "with a codec of KMS two tenants' equal values have one name",
    file: "src/store/aws/kms/kmsCodec.ts",
    find: ".update(JSON.stringify([tenant, sha256]))",
    replace: '.update(JSON.stringify([tenant && "", sha256]))',
    test: "codec/codecs.test.ts",
    noticedBy: "names of objects of kmsCodec with an objectKey are the same"
  },
  {
    name: "heartbeats of all tenants stand in one partition",
    file: "src/store/aws/beside/dynamoHeartbeats.ts",
    find: "addressPartition(tenant, address)",
    replace: 'addressPartition(tenant && "", address)',
    test: "store/aws/tenantKeys.test.ts",
    noticedBy:
      "all that a tenant's store asks of the table is in partitions of the tenant's own, which a role can be held to (S15) Heartbeats"
  },
  {
    name: "of those who wait for output the first alone is woken",
    file: "src/store/aws/beside/outputWaiters.ts",
    find: `      for (const wake of woken ?? []) wake()
`,
    replace: `      for (const wake of [...(woken ?? [])].slice(0, 1)) wake()
`,
    test: "store/wire.test.ts",
    noticedBy: "AWS store on the wire OutputChunks: the wire wakes all who wait in this process"
  }
]
