import type { AdapterBug } from "./bug.ts"

const listing = "src/store/aws/table/listing"
const everyRead = "store/aws/everyRead.test.ts"
const sqlite = "store/sqlite.test.ts"
const pages = "what comes in several pages is read to its end a listing"
const same = "RunTable (SQLite in memory): a listing and a plain list say the same"

/** Of listings, as the stores make them. */
export const listingBugs: ReadonlyArray<AdapterBug> = [
  {
    name: "a listing drops the cursor that it was given",
    file: `${listing}/runListing.ts`,
    find: "listAll(filter, after)",
    replace: "listAll(filter, undefined)",
    test: everyRead,
    noticedBy: pages
  },
  {
    name: "a listing reads one page of a shard again and again",
    file: `${listing}/mergedEntries.ts`,
    find: "table.query(operation, this.from === undefined ? query : { ...query, ExclusiveStartKey: this.from })",
    replace: "table.query(operation, query)",
    test: everyRead,
    noticedBy: pages
  },
  {
    name: "of runs of one millisecond some are handed out before all of them are read",
    file: `${listing}/mergedEntries.ts`,
    find: "this.atEnd || startedAt !== oldest",
    replace: "this.atEnd || startedAt <= (oldest ?? 0)",
    test: everyRead,
    noticedBy: pages
  },
  {
    name: "a cursor skips the rest of its millisecond, on a table",
    file: `${listing}/mergedEntries.ts`,
    find: "Math.min(until, after.startedAt + 1)",
    replace: "Math.min(until, after.startedAt)",
    test: everyRead,
    noticedBy: pages
  },
  {
    name: "a cursor skips the rest of its millisecond, in a file",
    file: "src/store/sqlite/listing/sqliteListing.ts",
    find: "(started_at, run) < ($startedAt, $runId)",
    replace: "started_at < $startedAt and $runId <> ''",
    test: sqlite,
    noticedBy: same
  },
  {
    name: "of several tags all but the first are looked for at other runs",
    file: "src/store/sqlite/listing/sqliteListing.ts",
    find: "run = one.run",
    replace: "run > one.run",
    test: "client/tags.test.ts",
    noticedBy:
      "Tags, on SQLite of a start are those that it is found by, whatever becomes of it, and no part of which start it is"
  },
  {
    name: "runs of one millisecond go by their ids as UTF-16",
    file: "src/store/listing/runOrder.ts",
    find: "Buffer.compare(Buffer.from(b.runId), Buffer.from(a.runId))",
    replace: "(b.runId < a.runId ? -1 : 1)",
    test: "store/dynoxide.test.ts",
    noticedBy: "AWS store on dynoxide RunTable (dynoxide): a listing and a plain list"
  },
  {
    name: "a cursor of other filters is taken",
    file: "src/store/listing/listCursor.ts",
    find: "if (of === longFingerprint(listing)) return",
    replace: "if (of !== '') return",
    test: sqlite,
    noticedBy: "RunTable: SQLite in memory goes on from a cursor where the page before ended"
  },
  {
    name: "a run that has ended counts as running as well",
    file: "src/store/sqlite/file/schema.ts",
    find: "old.status <> new.status begin\n  update counts set runs = runs - 1",
    replace: "old.status <> new.status begin\n  update counts set runs = runs",
    test: sqlite,
    noticedBy: "RunTable (SQLite in memory): a listing and a plain list count the same"
  },
  {
    name: "tags stay with the status that their run had, in a file",
    file: "src/store/sqlite/listing/sqliteTags.ts",
    find: "isListed && before?.status === status && sameTags",
    replace: "isListed && before !== undefined && sameTags",
    test: sqlite,
    noticedBy: "RunTable (SQLite in memory): a listing and a plain list"
  },
  {
    name: "what a run may have been tagged with is believed, and no head is asked",
    file: `${listing}/runListing.ts`,
    find: "if (run !== undefined && fits(filter, run)) runs.push(run)\n      }",
    replace: "if (run !== undefined && fits({ ...filter, tags: [] }, run)) runs.push(run)\n      }",
    test: "client/tags.test.ts",
    noticedBy: "Tags, on dynoxide and fauxqs"
  },
  {
    name: "a tag that comes again is taken for one that is there",
    file: "src/streams/commits/taggedBy.ts",
    find: "others[key] !== value",
    replace: "!(key in others)",
    test: "client/tags.test.ts",
    noticedBy: "Tags, on dynoxide and fauxqs are changed by the body"
  },
  {
    name: "the next generation has no tags",
    file: "src/actor/history/continuation.ts",
    find: "    ...(before.tags === undefined ? {} : { tags: before.tags }),\n",
    replace: "",
    test: "client/tags.test.ts",
    noticedBy: "Tags, on SQLite are changed by the body"
  },
  {
    name: "tags are shown as they are set, and not as they are committed last in their turn",
    file: "src/actor/tags/tagBox.ts",
    find: "    if (sameTags(this.current, next)) return undefined\n",
    replace: "    if (sameTags(this.current, next) || this.hasNews) return undefined\n",
    test: "client/tags.test.ts",
    noticedBy: "Tags, on SQLite are changed by the body"
  },
  {
    name: "a workflow counts as announced before it is",
    file: `${listing}/runListing.ts`,
    find: "    if (announced.has(workflow)) return\n",
    replace: "    if (announced.has(workflow)) return\n    announced.add(workflow)\n",
    test: everyRead,
    noticedBy: "what is remembered was written before a workflow is announced"
  }
]
