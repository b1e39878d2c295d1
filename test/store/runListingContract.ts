import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { nextAddress, parseAddress } from "../../src/actor/history/generation.ts"
import { type Head, type HeadStatus, type RunStatus, runStatuses } from "../../src/actor/history/head.ts"
import type { Tags } from "../../src/actor/tags/tags.ts"
import { newestMark } from "../../src/store/generations/nextGeneration.ts"
import { type ListQuery, type RunSummary, RunTable } from "../../src/store/runTable.ts"
import { taggedBy } from "../../src/streams/commits/taggedBy.ts"
import { epoch, everyParkReason, inline, newHead, newName, startMessage } from "./samples.ts"
import { eventually, useStore } from "./useStore.ts"

/** One listing on every store: whatever the runs, the filters, the length of pages and what changes between them, a plain list in memory says the same. */
export const runListingContract = (name: string, layer: Layer.Layer<RunTable, unknown>): void => {
  describe(`RunTable (${name}): a listing and a plain list`, () => {
    const { run } = useStore(layer)
    it("say the same of any runs and filters, in pages of any length", () =>
      fc.assert(
        fc.asyncProperty(worlds, fc.array(queries, { minLength: 3, maxLength: 6 }), (drawn, asked) =>
          run(
            Effect.gen(function* () {
              const world = yield* settle(drawn)
              for (const query of asked) {
                const expected = world.matching(query).map(shown)
                const listed = yield* eventually(
                  `${JSON.stringify(query)} of ${JSON.stringify(drawn)}: ${JSON.stringify(expected)}`,
                  Effect.map(pagesOf(world, query, Effect.void), (runs) =>
                    JSON.stringify(runs.map(shown)) === JSON.stringify(expected) ? runs : undefined
                  ),
                  2_000
                )
                expect(listed.map(shown)).toEqual(expected)
              }
            })
          )
        ),
        { numRuns: 20 }
      ))

    it("count the same of each status, up to where nobody counts on", () =>
      run(
        Effect.gen(function* () {
          const table = yield* RunTable
          const workflows = [newName("counted"), newName("counted")]
          const runs = new Map<string, Head>()
          const commit = (runId: string, head: Head) => {
            runs.set(runId, head)
            return table.commitHead(runId, head)
          }
          const expected = (workflow: string, most: number) =>
            Object.fromEntries(
              runStatuses.map((status) => {
                const { length } = [...runs.values()].filter(
                  (head) => head.workflow === workflow && head.status === status
                )
                return [status, { count: Math.min(length, most), isMore: length > most }]
              })
            )
          for (const [index, status] of [...runStatuses, ...runStatuses, ...runStatuses].entries()) {
            const workflow = workflows[index % 2] as string
            const runId = `counted-${workflow}-${index}`
            yield* commit(runId, headOf(workflow, "running", 1, epoch + index))
            if (index % 3 > 0) yield* commit(runId, headOf(workflow, status, 2, epoch + index))
          }
          for (const workflow of workflows) {
            const exact = expected(workflow, Number.POSITIVE_INFINITY)
            yield* eventually(
              `counts of ${workflow}: ${JSON.stringify(exact)}`,
              Effect.map(table.count({ workflow }), (counts) =>
                JSON.stringify(counts) === JSON.stringify(exact) ? counts : undefined
              )
            )
            // A store that has them at hand says more than it was asked for.
            expect([exact, expected(workflow, 2)]).toContainEqual(yield* table.count({ workflow, upTo: 2 }))
          }
          const all = yield* table.count({})
          expect(all.running.count).toBeGreaterThanOrEqual(
            workflows.reduce((sum, workflow) => sum + (expected(workflow, 1_000).running?.count ?? 0), 0)
          )
          expect((yield* table.count({ workflow: "no such workflow" })).running).toEqual({ count: 0, isMore: false })
        })
      ))

    it("agree on what stood throughout, whatever has started or changed between pages", () =>
      fc.assert(
        fc.asyncProperty(worlds, queries, fc.array(changes, { maxLength: 12 }), (drawn, asked, drawnChanges) =>
          run(
            Effect.gen(function* () {
              const world = yield* settle(drawn)
              const query = { ...asked, limit: Math.min(asked.limit, 3) }
              const throughout = new Set(world.matching(query).map(({ runId }) => runId))
              const ever = new Set(throughout)
              const left = [...drawnChanges]
              const listed = yield* pagesOf(
                world,
                query,
                Effect.gen(function* () {
                  const change = left.shift()
                  if (change === undefined) return
                  yield* world.change(change)
                  const now = new Set(world.matching(query).map(({ runId }) => runId))
                  for (const runId of now) ever.add(runId)
                  for (const runId of throughout) if (!now.has(runId)) throughout.delete(runId)
                })
              )
              const ids = listed.map(({ runId }) => runId)
              expect(new Set(ids).size).toBe(ids.length)
              expect(listed.map(placeOf)).toEqual(listed.map(placeOf).toSorted(newestFirst))
              expect([...throughout].filter((runId) => !ids.includes(runId))).toEqual([])
              expect(ids.filter((runId) => !ever.has(runId))).toEqual([])
            })
          )
        ),
        { numRuns: 20 }
      ))
  })
}

interface Drawn {
  readonly id: string
  readonly workflow: number
  readonly status: RunStatus
  /** Several of one millisecond. */
  readonly after: number
  /** Undefined: it never had any. */
  readonly tags: Tags | undefined
}

type Asked = Omit<ListQuery, "workflow" | "since" | "until" | "cursor" | "limit"> & {
  readonly workflow?: number
  readonly since?: number
  readonly until?: number
  readonly limit: number
}

type Change =
  | { readonly do: "start"; readonly run: Drawn }
  | { readonly do: "move"; readonly of: number; readonly to: RunStatus }
  | { readonly do: "tag"; readonly of: number; readonly tags: Tags }
  /** As the next generation of its run. */
  | { readonly do: "goOn"; readonly of: number }

const statuses = fc.constantFrom(...runStatuses)
// Of which "a=b" would be mistaken for another's name, and "1/2" for a part of a key.
const value = fc.constantFrom("1", "1", "1", "a=b", "1/2", "é,%")
const someTags: fc.Arbitrary<Tags> = fc.record({ one: value, two: value, "three.3": value }, { requiredKeys: [] })
// As UTF-8 and as UTF-16 these sort differently.
const ids = fc.string({ unit: fc.constantFrom("a", "b", "/", " ", "é", "\uffee", "😀"), maxLength: 4 })
const drawnRun: fc.Arbitrary<Drawn> = fc.record({
  id: ids,
  workflow: fc.nat(2),
  status: statuses,
  after: fc.nat(5),
  tags: fc.option(someTags, { nil: undefined })
})
const worlds = fc.array(drawnRun, { maxLength: 30 })
const queries: fc.Arbitrary<Asked> = fc.record(
  {
    workflow: fc.nat(2),
    status: statuses,
    since: fc.nat(6),
    until: fc.nat(7),
    prefix: fc.constantFrom("", "a", "b", "é", "😀"),
    tags: fc.oneof(
      { weight: 2, arbitrary: fc.record({ one: value }) },
      fc.record({ two: value, one: value }),
      fc.constant({}),
      fc.constant({ "no tag": "" })
    ),
    limit: fc.constantFrom(1, 2, 3, 7, 1_000)
  },
  { requiredKeys: ["limit"] }
)
const changes: fc.Arbitrary<Change> = fc.oneof(
  fc.record({ do: fc.constant("start" as const), run: drawnRun }),
  fc.record({ do: fc.constant("move" as const), of: fc.nat(40), to: statuses }),
  fc.record({ do: fc.constant("tag" as const), of: fc.nat(40), tags: someTags }),
  fc.record({ do: fc.constant("goOn" as const), of: fc.nat(40) })
)

let worldsMade = 0

/** A time of its own, that no other runs of the store have started in. */
const settle = Effect.fnUntraced(function* (drawn: ReadonlyArray<Drawn>) {
  const world = new ListedWorld(epoch + ++worldsMade * 1_000)
  yield* Effect.forEach(drawn, (one) => world.start(one), { concurrency: 8, discard: true })
  return world
})

class ListedWorld {
  readonly base: number
  readonly runs = new Map<string, Head>()
  private readonly addresses = new Map<string, string>()

  constructor(base: number) {
    this.base = base
  }

  workflow(number: number): string {
    return `listed-${number}`
  }

  start({ after, id, status, tags, workflow }: Drawn) {
    // Of the same beginning, and each another.
    const runId = `${id}~${this.base}-${this.runs.size}`
    return this.commit(runId, headOf(this.workflow(workflow), status, 1, this.base + after, tags), undefined)
  }

  change(change: Change) {
    if (change.do === "start") return this.start(change.run)
    const all = [...this.runs.keys()]
    const runId = all[change.of % Math.max(all.length, 1)]
    const before = runId === undefined ? undefined : this.runs.get(runId)
    if (runId === undefined || before === undefined) return Effect.void
    const next = (status: RunStatus, tags: Tags | undefined) =>
      headOf(before.workflow, status, before.version + 1, before.startedAt, tags)
    if (change.do === "move") return this.commit(runId, next(change.to, before.tags), before)
    if (change.do === "tag") return this.commit(runId, next(before.status as RunStatus, change.tags), before)
    return this.goOn(runId, before)
  }

  private goOn(runId: string, before: Head) {
    const address = this.addresses.get(runId) ?? runId
    const over: Head = {
      ...headOf(before.workflow, "running", before.version + 1, before.startedAt, before.tags),
      status: "continued"
    }
    this.addresses.set(runId, nextAddress(address))
    const first = headOf(before.workflow, "running", 1, before.startedAt, before.tags)
    this.runs.set(runId, first)
    return Effect.gen(function* () {
      const table = yield* RunTable
      const { generation } = parseAddress(nextAddress(address))
      yield* table.raiseMark(runId, newestMark, { to: generation, above: generation - 1 })
      yield* table.commitHead(address, over)
      yield* table.commitHead(nextAddress(address), first)
    })
  }

  /** As a commit does it, where tags have items of their own. */
  private commit(runId: string, head: Head, before: Head | undefined) {
    this.runs.set(runId, head)
    const address = this.addresses.get(runId) ?? runId
    const { tagged = { put: {}, drop: {} } } = taggedBy(head, before, startMessage())
    return Effect.gen(function* () {
      const table = yield* RunTable
      yield* table.putTags?.(address, tagged.put, head) ?? Effect.void
      yield* table.commitHead(address, head)
      yield* table.dropTags?.(address, tagged.drop, head.version) ?? Effect.void
    })
  }

  query({ workflow, since = 0, until = 1_000, ...rest }: Omit<Asked, "limit">): ListQuery {
    return {
      ...rest,
      ...(workflow === undefined ? {} : { workflow: this.workflow(workflow) }),
      since: this.base + since,
      until: this.base + until
    }
  }

  matching({ workflow, status, since = 0, until = 1_000, prefix = "", tags = {} }: Omit<Asked, "limit">) {
    return [...this.runs]
      .filter(
        ([runId, head]) =>
          (workflow === undefined || head.workflow === this.workflow(workflow)) &&
          (status === undefined || head.status === status) &&
          head.startedAt >= this.base + since &&
          head.startedAt < this.base + until &&
          runId.slice(0, prefix.length) === prefix &&
          Object.entries(tags).every(([key, value]) => head.tags?.[key] === value)
      )
      .map(([runId, { startedAt, status, tags, workflow }]) => ({ runId, startedAt, status, tags, workflow }))
      .sort((a, b) => newestFirst(placeOf(a), placeOf(b)))
  }
}

/** All pages, with something between each two of them. */
const pagesOf = Effect.fnUntraced(function* (
  world: ListedWorld,
  asked: Asked,
  between: Effect.Effect<void, unknown, RunTable>
) {
  const table = yield* RunTable
  const { limit, ...query } = asked
  const found: Array<RunSummary> = []
  let cursor: string | undefined
  do {
    const page = yield* table.list({ ...world.query(query), limit, ...(cursor === undefined ? {} : { cursor }) })
    expect(page.runs.length).toBeLessThanOrEqual(limit)
    found.push(...page.runs)
    cursor = page.cursor
    if (cursor !== undefined) yield* between
  } while (cursor !== undefined)
  return found
})

type Shown = Pick<RunSummary, "runId" | "startedAt" | "workflow"> & {
  readonly status: HeadStatus
  readonly tags?: Tags | undefined
}

const shown = ({ runId, startedAt, status, tags = {}, workflow }: Shown) => ({
  runId,
  startedAt,
  status,
  workflow,
  tags: Object.entries(tags).sort()
})

interface Place {
  readonly startedAt: number
  readonly bytes: string
}

const placeOf = ({ runId, startedAt }: Pick<Shown, "runId" | "startedAt">): Place => ({
  startedAt,
  bytes: Buffer.from(runId).toString("hex")
})

const newestFirst = (a: Place, b: Place): number => b.startedAt - a.startedAt || (a.bytes > b.bytes ? -1 : 1)

const headOf = (
  workflow: string,
  status: RunStatus,
  version: number,
  startedAt: number,
  tags?: Tags | undefined
): Head => {
  const base: Head = {
    ...newHead({ workflow, version, status, startedAt, updatedAt: startedAt + version, definitionVersion: "7" }),
    ...(tags === undefined ? {} : { tags })
  }
  if (status === "parked") return { ...base, parked: everyParkReason[0] as NonNullable<Head["parked"]> }
  return status === "running" ? base : { ...base, outcome: { tag: "succeeded", payload: inline(1) } }
}
