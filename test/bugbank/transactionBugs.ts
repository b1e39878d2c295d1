// biome-ignore-all lint/suspicious/noTemplateCurlyInString: planted source texts hold template literals
import type { AdapterBug, Bug } from "./bug.ts"

const outward = "src/client/transactions/transactionClient.ts"

/** Of starts and signals in a transaction of the user's. Each was described before it was tried. */
const userTransactionBugs: ReadonlyArray<Bug> = [
  {
    name: "a signal of a transaction does not ask whether its run has ended",
    breaks: "S38",
    file: outward,
    find: "row: { address, message, openRunOf: workflow, isBegun }, signal",
    replace: "row: { address, message, isBegun }, signal"
  },
  {
    name: "the start of a transaction is put ahead of it",
    breaks: "S38",
    file: outward,
    find: "  const { items } = row === undefined ? { items: [] } : yield* writesOf(row)\n",
    replace:
      '  if (row?.message.kind === "start") yield* Effect.ignore((yield* RunTable).put(row.address, row.message))\n  const { items } = row === undefined ? { items: [] } : yield* writesOf(row)\n'
  },
  {
    name: "whoever asks why is told that the run was started, whatever it was started with",
    breaks: "S1",
    file: outward,
    find: 'Effect.catchTag("RunConflict", (conflict) => Effect.succeed(conflict))',
    replace: 'Effect.catchTag("RunConflict", () => Effect.succeed(isThere))'
  },
  {
    name: "a signal of a transaction is behind nothing",
    breaks: "S18",
    file: outward,
    find: "sent === undefined ? plain : sent.after(run, plain)",
    replace: "plain"
  },
  {
    name: "a signal that was sent by a transaction, and is asked for again, finds its run finished",
    breaks: "S1",
    file: outward,
    find: "  if (there !== undefined) {\n    yield* saysTheSame",
    replace: "  if (there !== undefined && !hasEnded) {\n    yield* saysTheSame"
  },
  {
    name: "of what may stand in the way of a transaction the last part is looked at",
    breaks: "S38",
    file: outward,
    find: "  for (const part of parts) {",
    replace: "  for (const part of parts.slice(-1)) {"
  },
  {
    name: "a signal that comes too late for its transaction is told of as nothing",
    breaks: "S38",
    file: outward,
    find: 'isTerminal(head.status) && head.status !== "continued"\n    return hasEnded',
    replace: 'isTerminal(head.status) && head.status === "continued"\n    return hasEnded'
  }
]

const together = "src/streams/workers/stepTransaction.ts"

/** Of steps whose writes are committed with their outcome. */
export const transactionBugs: ReadonlyArray<Bug> = [
  {
    name: "an outcome is put without the writes of its step",
    breaks: "S35",
    file: together,
    find: "putWith(runId, row, writesOf(plan))",
    replace: "putWith(runId, row, { items: [] })"
  },
  {
    name: "the outcome of a transaction is put like any other",
    breaks: "S35",
    file: "src/streams/workers/stepWorker.ts",
    find: '  if (execution._tag === "Done" && execution.plan !== undefined) {\n',
    replace: '  if (execution._tag === "Done" && execution.plan !== undefined && attempt > 1) {\n'
  },
  {
    name: "a transaction whose answer was lost is made once more, for another outcome",
    breaks: "S35",
    file: together,
    find: "const result = yield* insist(what, putWith(runId, row, writesOf(plan)))",
    replace:
      'const result = yield* Effect.catch(putWith(runId, row, writesOf(plan)), () => insist(what, putWith(runId, { ...row, key: key + "~again" }, writesOf(plan))))'
  },
  {
    name: "a transaction that was taken back counts as written",
    breaks: "S11",
    file: together,
    find: "        return not(yield* unwritten(step, attempt, plan, result.error, false))",
    replace: "        return stands(noteStored(row))"
  },
  {
    name: "who finds the outcome of another execution goes on with its own",
    breaks: "S5",
    file: together,
    find: "        return stands(noteStored(result.message))",
    replace: "        return stands(noteStored(row))"
  },
  ...userTransactionBugs
]

const items = "src/store/aws/table/transactions/putWithItems.ts"
const rows = "src/store/aws/table/transactions/rowItems.ts"
const statements = "src/store/sqlite/transactions/rowStatements.ts"
const user = "in a transaction of the user's own, on"
const late = "a signal for a generation of a run that was deleted by then keeps the order's"
const early = "a signal for what has not begun keeps the order's"

/** Of the adapters, each by its test. */
export const transactionAdapterBugs: ReadonlyArray<AdapterBug> = [
  {
    name: "a transaction whose answer was lost is refused without a look",
    file: items,
    find: "reasons[0]?.item ?? (yield* table.get(operation, item.pk as string, item.sk as string))",
    replace: "reasons[0]?.item",
    test: "store/aws/putWithItems.test.ts",
    noticedBy: "a transaction that was not taken is looked into before it counts as one whose condition does not hold"
  },
  {
    name: "the outcome of a transaction is put whether or not there is one",
    file: "src/store/aws/table/dynamoTable.ts",
    find: '            ...conditionOf("absent")\n',
    replace: "",
    test: "store/dynoxide.test.ts",
    noticedBy: "AWS store on dynoxide RunTable.putWith: dynoxide writes nothing where there is a row of the key"
  },
  {
    name: "statements are left in the file where one of them does not hold",
    file: "src/store/sqlite/transactions/sqlitePutWith.ts",
    find: "  takeBack(engine)\n  return result",
    replace: "  return result",
    test: "store/sqlite.test.ts",
    noticedBy: "RunTable.putWith: SQLite in a file writes nothing where a condition does not hold, and says which"
  },
  {
    name: "the signal of a user's transaction is for a generation of a run that was deleted",
    file: rows,
    find: "`${begun}attribute_not_exists(l) AND ${notEnded}`",
    replace: "`${begun}${notEnded}`",
    test: "client/transactions.test.ts",
    noticedBy: `${user} DynamoDB ${late} item out, also if its id is free`
  },
  {
    name: "the signal of a user's transaction is for a run of which nothing is there any more",
    file: rows,
    find: 'const begun = isBegun ? "attribute_exists(v) AND " : ""',
    replace: 'const begun = ""',
    test: "client/transactions.test.ts",
    noticedBy: `${user} DynamoDB ${late} item out, also if its id is free`
  },
  {
    name: "the signal of a user's transaction does not ask after what its generation is to begin with",
    file: rows,
    find: "  return [own, { ConditionCheck: before }]",
    replace: "  return before === undefined ? [] : [own]",
    test: "client/transactions.test.ts",
    noticedBy: `${user} DynamoDB ${early} item out if that is deleted before it begins`
  },
  {
    name: "the signal of a user's transaction on a file is for a generation of a run that was deleted",
    file: statements,
    find: " or json_extract(head, '$.deletion') is not null",
    replace: "",
    test: "client/transactions.test.ts",
    noticedBy: `${user} SQLite ${late} row out, also if its id is free`
  },
  {
    name: "the signal of a user's transaction on a file does not ask after what its generation is to begin with",
    file: statements,
    find: "    ...(isBegun ? [] : [beginning(address, gone)]),\n",
    replace: "",
    test: "client/transactions.test.ts",
    noticedBy: `${user} SQLite ${early} row out if that is deleted before it begins`
  }
]
