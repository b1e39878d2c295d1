import type { Bug } from "./bug.ts"

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
  }
]
