import type { Bug } from "./bug.ts"

const deletion = "src/store/aws/table/deletion"
const eraser = `${deletion}/dynamoEraser.ts`
const deletes = `${deletion}/deletes.ts`

/** Bugs of what deletes runs on AWS, for schedules on the wire. Each was described before it was tried. */
export const wireDeletionBugs: ReadonlyArray<Bug> = [
  {
    name: "what a batch of deletions has left undone stays",
    breaks: "S34",
    file: deletes,
    find: `      // The table takes no more at the moment.
      if (left.length > 0) yield* Effect.sleep(pauseMs)`,
    replace: "      left = []"
  },
  {
    name: "what is to be deleted is read without ConsistentRead",
    breaks: "S34",
    file: eraser,
    find: `        values: { ":pk": partition },
        ConsistentRead: true`,
    replace: `        values: { ":pk": partition }`
  },
  {
    name: "of a deleted run's objects the first page goes",
    breaks: "S34",
    file: "src/store/aws/payloads/s3Objects.ts",
    find: "} while (next !== undefined)",
    replace: "} while (next !== undefined && count === 0)"
  },
  {
    name: "an id is freed whatever was written to its head since",
    breaks: "S34",
    file: deletes,
    find: "{ Delete: { TableName: tableName, Key: second, ...condition } }",
    replace: "{ Delete: { TableName: tableName, Key: second, ...(condition === undefined ? condition : {}) } }"
  },
  {
    name: "which streams a run had is deleted ahead of what is in them",
    breaks: "S34",
    file: eraser,
    find: `    let count = yield* eraseObjects(runId)
    for (const partition of new Set(output)) count += yield* clear(partition)
    count += yield* clear(streamsPartition(first))`,
    replace: `    let count = yield* eraseObjects(runId)
    count += yield* clear(streamsPartition(first))
    for (const partition of new Set(output)) count += yield* clear(partition)`
  },
  {
    name: "answers to updates of a deleted run stay in the table",
    breaks: "S34",
    file: eraser,
    find: "      count += yield* clear(repliesPartition({ tenant, runId, generation: number }))\n",
    replace: ""
  },
  {
    name: "marks of the steps of a deleted run stay in the table",
    breaks: "S34",
    file: eraser,
    find: "      count += yield* clear(stepMarksPartition(partition))\n",
    replace: ""
  },
  {
    name: "tags lead to a run that is deleted",
    breaks: "S34",
    file: eraser,
    find: "    count += yield* clear(tagsPartition(first))\n",
    replace: ""
  },
  {
    name: "what says which streams a deleted run had stays",
    breaks: "S34",
    file: eraser,
    find: "    count += yield* clear(streamsPartition(first))\n",
    replace: ""
  },
  {
    name: "what came for a generation that is not to be stays in the table",
    breaks: "S34",
    file: eraser,
    find: "    count += yield* clear(runPartition({ tenant, runId, generation: generation + 1 }))\n",
    replace: ""
  },
  {
    name: "the tombstone goes with the rows of its run",
    breaks: "S34",
    file: eraser,
    find: '(number === 0 && key === "start") || ',
    replace: ""
  },
  {
    name: "the head that says that a run is deleted goes with its rows",
    breaks: "S34",
    file: eraser,
    find: " || key === headKey",
    replace: ""
  },
  {
    name: "a tombstone is put where nothing stands, and nowhere else",
    breaks: "S34",
    file: "src/store/aws/table/dynamoRunTable.ts",
    find: `return table.put("RunTable.entomb", { ...itemOf(runId, tombstone), ttl: ttlOf(tombstone.until) })`,
    replace: `return Effect.asVoid(table.putIf("RunTable.entomb", { ...itemOf(runId, tombstone), ttl: ttlOf(tombstone.until) }, "absent"))`
  },
  {
    name: "what is to be deleted is looked for a day late",
    breaks: "S34",
    file: "src/store/aws/table/listing/runListing.ts",
    find: 'listAll({ ...allRuns, statuses: ["deleted" as RunStatus], until: Math.min(before, endOfTime), limit }, undefined)',
    replace:
      'listAll({ ...allRuns, statuses: ["deleted" as RunStatus], until: Math.min(before, endOfTime) - 86_400_000, limit }, undefined)'
  },
  {
    name: "the head of a deleted run goes, and its tombstone after it",
    breaks: "S34",
    file: deletes,
    find: `          const { ConsumedCapacity = [] } = await documents.send(command, { abortSignal })
          for (const consumed of ConsumedCapacity) reportCapacity(onCapacity, "write", operation, consumed)
        },`,
    replace: `          const [one, other] = command.input.TransactItems ?? []
          for (const part of [other, one])
            if (part !== undefined) {
              const { ConsumedCapacity = [] } = await documents.send(new TransactWriteCommand({ TransactItems: [part], ReturnConsumedCapacity: "INDEXES" }), { abortSignal })
              for (const consumed of ConsumedCapacity) reportCapacity(onCapacity, "write", operation, consumed)
            }
        },`
  }
]
