import * as Effect from "effect/Effect"
import { expect, it } from "vitest"
import { nextAddress } from "../../src/actor/history/generation.ts"
import { type Head, isTerminal, type RunStatus, runStatuses } from "../../src/actor/history/head.ts"
import type { Tags } from "../../src/actor/tags/tags.ts"
import type { CursorInvalid } from "../../src/store/errors.ts"
import { newestMark } from "../../src/store/generations/nextGeneration.ts"
import { type ListQuery, type RunSummary, RunTable } from "../../src/store/runTable.ts"
import { epoch, everyParkReason, inline, newHead, newName, newRunId } from "./samples.ts"
import { eventually, type StoreUnderTest } from "./useStore.ts"

/** The listing of a run table: a fold of the heads (S13), by workflow and status, in pages. */
export const runTableListContract = ({ run }: StoreUnderTest<RunTable>): void => {
  it("lists by every combination of workflow and status, in pages", () =>
    run(
      Effect.gen(function* () {
        const workflows = [newName("one"), newName("two")]
        const runs = yield* makeRuns(workflows)
        const queries: ReadonlyArray<ListQuery> = [
          {},
          ...workflows.map((workflow) => ({ workflow })),
          ...runStatuses.map((status) => ({ status })),
          ...workflows.flatMap((workflow) => runStatuses.map((status) => ({ workflow, status })))
        ]
        for (const query of queries) {
          const expected = runs.filter(
            ({ head }) =>
              (query.workflow ?? head.workflow) === head.workflow && (query.status ?? head.status) === head.status
          )
          for (const limit of [3, 1000]) {
            // The listing may lag behind: asked until all are there.
            const listed = yield* eventually(
              `${expected.length} runs of ${JSON.stringify(query)}`,
              Effect.map(listOwn({ ...query, limit }, workflows), (found) =>
                found.length === expected.length ? found : undefined
              )
            )
            expect(new Set(listed.map(({ runId }) => runId))).toEqual(new Set(expected.map(({ runId }) => runId)))
            expectSummaries(listed, expected)
            expectNewestFirst(listed)
          }
        }
      })
    ))

  it("follows a run from status to status, by workflow and by status, over commits that leave it as it is", () =>
    run(
      Effect.gen(function* () {
        const table = yield* RunTable
        const workflow = newName("life")
        const runId = newRunId()
        const life: ReadonlyArray<RunStatus> = [
          "running",
          "running",
          "parked",
          "parked",
          "running",
          "running",
          "succeeded"
        ]
        for (const [index, status] of life.entries()) {
          const head = headOf(workflow, status, index + 1, epoch)
          expect(yield* table.commitHead(runId, head)).toEqual({ _tag: "Committed" })
          const queries: ReadonlyArray<ListQuery> = [{ workflow }, { workflow, status }, { status }]
          for (const query of queries) {
            const listed = yield* eventually(
              `the run as ${status} in ${JSON.stringify(query)}`,
              Effect.map(listOwn(query, [workflow]), (runs) => (runs[0]?.status === status ? runs : undefined))
            )
            expect(listed).toHaveLength(1)
            expectSummaries(listed, [{ runId, head }])
          }
          for (const other of runStatuses.filter((one) => one !== status)) {
            expect((yield* table.list({ workflow, status: other })).runs).toEqual([])
            expect(yield* listOwn({ status: other }, [workflow])).toEqual([])
          }
        }
      })
    ))

  it("goes on from a cursor where the page before ended, whatever has started since", () =>
    run(
      Effect.gen(function* () {
        const table = yield* RunTable
        const workflow = newName("pages")
        const start = (count: number, at: number) =>
          Effect.forEach(
            Array.from({ length: count }, (_, index) => index),
            (index) => table.commitHead(newRunId(), headOf(workflow, "running", 1, at + index)),
            { concurrency: 5, discard: true }
          )
        yield* start(10, epoch)
        const first = yield* eventually(
          "a first page with another to come",
          Effect.map(table.list({ workflow, limit: 6 }), (page) => (page.cursor === undefined ? undefined : page))
        )
        yield* start(5, epoch + 1_000)
        const second = yield* table.list({ workflow, limit: 100, cursor: first.cursor as string })
        expect([...first.runs, ...second.runs].map(({ startedAt }) => startedAt - epoch)).toEqual([
          9, 8, 7, 6, 5, 4, 3, 2, 1, 0
        ])
        expect(second.cursor).toBeUndefined()
        // An empty page would say that these are all.
        const given = first.cursor as string
        const wrong = (reason: CursorInvalid["reason"], query: ListQuery) =>
          Effect.gen(function* () {
            const refused = yield* Effect.flip(table.list(query))
            expect(refused).toMatchObject({ _tag: "CursorInvalid", reason })
          })
        const altered = `${given.slice(0, 20)}${given[20] === "A" ? "B" : "A"}${given.slice(21)}`
        const before = Buffer.from(JSON.stringify([workflow, "running", "0jtmvyoa1/x"])).toString("base64url")
        for (const cursor of ["", "none", "/", "1/", given.slice(1, 6), altered, before, "1767225600000/run-1"])
          yield* wrong("unreadable", { workflow, cursor })
        const others: ReadonlyArray<ListQuery> = [
          {},
          { workflow: newName("other") },
          { workflow, status: "running" },
          { workflow, since: epoch },
          { workflow, until: epoch + 5 },
          { workflow, prefix: "run-" },
          { workflow, tags: { customer: "c-17" } }
        ]
        for (const other of others) yield* wrong("ofAnother", { ...other, cursor: given })
        // The same, said otherwise.
        const same = yield* table.list({ workflow, since: 0, prefix: "", tags: {}, limit: 2, cursor: given })
        expect(same.runs.map(({ startedAt }) => startedAt - epoch)).toEqual([3, 2])
      })
    ))

  it("lists a run by a tag that its newest generation has, whatever the one before drops of it late", () =>
    run(
      Effect.gen(function* () {
        const table = yield* RunTable
        const [workflow, runId, tags] = [newName("anew"), newRunId(), { customer: newName("c") }]
        const put = (address: string, head: Head) =>
          Effect.andThen(table.putTags?.(address, tags, head) ?? Effect.void, table.commitHead(address, head))
        const first = headOf(workflow, "running", 1, epoch, tags)
        yield* put(runId, first)
        yield* table.raiseMark(runId, newestMark, { to: 1, above: 0 })
        yield* table.commitHead(runId, { ...first, version: 2, status: "continued" })
        yield* put(nextAddress(runId), first)
        yield* table.dropTags?.(runId, tags, 2) ?? Effect.void
        const listed = yield* eventually(
          "the run by its tag",
          Effect.map(table.list({ tags }), ({ runs }) => (runs.length === 0 ? undefined : runs)),
          3_000
        )
        expect(listed).toMatchObject([{ runId, generation: 1, workflow, tags }])
      })
    ))
}

interface Sample {
  readonly runId: string
  readonly head: Head
}

const headOf = (workflow: string, status: RunStatus, version: number, startedAt: number, tags?: Tags): Head => {
  const base = newHead({
    workflow,
    version,
    status,
    startedAt,
    updatedAt: startedAt + version,
    definitionVersion: "7",
    ...(tags === undefined ? {} : { tags })
  })
  if (status === "parked") return { ...base, parked: everyParkReason[0] as NonNullable<Head["parked"]> }
  if (!isTerminal(status)) return base
  const tag = status === "succeeded" || status === "failed" ? status : "cancelled"
  return { ...base, outcome: { tag, payload: inline(1) } }
}

/** Some runs of each status, several of them started in the same millisecond, every other one with a tag. */
const makeRuns = Effect.fnUntraced(function* (workflows: ReadonlyArray<string>) {
  const table = yield* RunTable
  const samples: Array<Sample> = []
  for (const workflow of workflows) {
    for (const status of runStatuses) {
      for (let index = 0; index < 4; index++) {
        const startedAt = epoch + Math.floor(index / 2)
        const tags = index % 2 === 0 ? undefined : { customer: "c-17" }
        const version = status === "running" ? 1 : 2
        samples.push({ runId: newRunId(), head: headOf(workflow, status, version, startedAt, tags) })
      }
    }
  }
  yield* Effect.forEach(
    samples,
    ({ runId, head }) =>
      Effect.gen(function* () {
        if (head.version === 2) yield* table.commitHead(runId, headOf(head.workflow, "running", 1, head.startedAt))
        yield* table.commitHead(runId, head)
      }),
    { concurrency: 8, discard: true }
  )
  return samples
})

/** All pages, and of them the runs of these workflows: other tests may use the same table. */
const listOwn = Effect.fnUntraced(function* (query: ListQuery, workflows: ReadonlyArray<string>) {
  const table = yield* RunTable
  const found: Array<RunSummary> = []
  let cursor: string | undefined
  do {
    const page = yield* table.list(cursor === undefined ? query : { ...query, cursor })
    expect(page.runs.length).toBeLessThanOrEqual(query.limit ?? 100)
    found.push(...page.runs)
    cursor = page.cursor
  } while (cursor !== undefined)
  expect(new Set(found.map(({ runId }) => runId)).size).toBe(found.length)
  return found.filter(({ workflow }) => workflows.includes(workflow))
})

const expectSummaries = (listed: ReadonlyArray<RunSummary>, expected: ReadonlyArray<Sample>): void => {
  const heads = new Map(expected.map(({ runId, head }) => [runId, head]))
  for (const { runId, updatedAt, ...summary } of listed) {
    const head = heads.get(runId) as Head
    const { workflow, definitionVersion, status, startedAt, tags } = head
    const shown = { generation: 0, workflow, definitionVersion, status, startedAt }
    expect(summary).toEqual(tags === undefined ? shown : { ...shown, tags })
    // Of a run that runs, a store may say when its status last changed.
    if (status === "running") expect(updatedAt).toBeGreaterThanOrEqual(startedAt)
    else expect(updatedAt).toBe(head.updatedAt)
  }
}

/** Over all workflows and statuses. These ids are of ASCII. */
const expectNewestFirst = (listed: ReadonlyArray<RunSummary>): void => {
  const order = listed.toSorted((a, b) => b.startedAt - a.startedAt || (a.runId > b.runId ? -1 : 1))
  expect(listed).toEqual(order)
}
