import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { expect } from "vitest"
import { limiterRunId, limitWorkflowName, placeName } from "../../src/actor/calls/limits/limitNames.ts"
import { limitNews, placeGiven } from "../../src/actor/calls/limits/limitParts.ts"
import { addressOf, runIdOf } from "../../src/actor/history/generation.ts"
import type { Head } from "../../src/actor/history/head.ts"
import type { Message } from "../../src/actor/history/message.ts"
import { defineStep, defineWorkflow } from "../../src/index.ts"
import { tellFirst } from "../../src/store/deletion/tellFirst.ts"
import { askLimiter } from "../../src/store/limits/askLimiter.ts"
import { RunTable } from "../../src/store/runTable.ts"
import { type Open, onEachStore } from "../client/eachStore.ts"
import { type Engine, eventually, live, type StoreLayer } from "../streams/engine.ts"
import { holding, Job, job, one, release } from "./parts.ts"

type Table = RunTable["Service"]
type Asking = Extract<Message, { readonly kind: "signal" }>

const place = placeName(one.limitName, "acct_1")
const limiter = limiterRunId(place)

/** Does something between the look for the limiter and the row that asks it, or asks for it to begin anew; once. */
class Between {
  /** What is done before the row is put, and the row that is put then. */
  onAsk: (row: Asking, table: Table) => Effect.Effect<Message, unknown> = Effect.succeed
  onRestart: (table: Table) => Effect.Effect<unknown, unknown> = () => Effect.void

  readonly wrap = (store: StoreLayer): StoreLayer => {
    const within = Layer.effect(
      RunTable,
      Effect.map(RunTable, (table) => this.around(table))
    )
    return Layer.provideMerge(within, store) as StoreLayer
  }

  around(table: Table): Table {
    return {
      ...table,
      put: (runId, row) => {
        if (runIdOf(runId) !== limiter) return table.put(runId, row)
        if (row.kind === "restart") return Effect.andThen(Effect.orDie(this.takeRestart(table)), table.put(runId, row))
        if (row.kind !== "signal" || row.name !== limitNews.name) return table.put(runId, row)
        return Effect.flatMap(Effect.orDie(this.takeAsk(row, table)), (asked) => table.put(runId, asked))
      }
    }
  }

  private takeAsk(row: Asking, table: Table) {
    const { onAsk } = this
    this.onAsk = Effect.succeed
    return onAsk(row, table)
  }

  private takeRestart(table: Table) {
    const { onRestart } = this
    this.onRestart = () => Effect.void
    return onRestart(table)
  }
}

const waits = ({ client }: Engine, runId: string, name: "release" | "limit") =>
  eventually(
    `${runId} waits for ${name}`,
    Effect.map(client.get(runId), ({ waitingFor }) =>
      waitingFor.some((one) => (one.kind === "signal" ? one.name : one.kind).endsWith(name))
    )
  )

const isOver = ({ client }: Engine, status: "cancelled" | "terminated") =>
  eventually(
    `the limiter is ${status}`,
    // Of the one that was ended: who waited there may have begun the next one by now.
    Effect.map(client.get(limiter, { generation: 0 }), (one) => one.status === status)
  )

/** As if it had ended ten minutes ago. */
const age = (table: Table) =>
  eventually(
    "it ended long ago",
    Effect.gen(function* () {
      const head = yield* table.readHead(limiter)
      if (head === undefined) return false
      const older = { ...head, version: head.version + 1, updatedAt: head.updatedAt - 600_000 }
      return (yield* table.commitHead(limiter, older))._tag === "Committed"
    })
  )

const squeezes = defineStep("squeezes", {
  input: Job,
  output: Schema.Null,
  limit: { limit: one, key: (job) => job.account },
  run: () => Effect.succeed(null)
})

/** Has had the place, and lives on without it. */
const stepping = defineWorkflow("stepping", {
  input: Job,
  output: Schema.Null,
  run: (job) => Effect.andThen(squeezes(job), release.receive)
})

const begin = Effect.fnUntraced(function* (newStore: Effect.Effect<Open>) {
  const between = new Between()
  const open = yield* newStore
  const engine = yield* open({ workflows: [holding, stepping], steps: [squeezes], wrap: between.wrap })
  const start = (runId: string) => engine.client.start(holding, { runId, input: job(runId) })
  yield* start("a")
  yield* waits(engine, "a", "release")
  return { between, engine, open, start, client: engine.client }
})

const passes = Effect.fnUntraced(function* (engine: Engine, runId: string) {
  yield* waits(engine, runId, "release")
  yield* engine.client.signal(runId, release, null)
  expect(yield* engine.client.wait(holding, runId)).toBe(runId)
})

onEachStore("who asks a limiter that is over", (newStoreIn) => {
  const newStore = newStoreIn as Effect.Effect<Open>

  live("in the moment in which it is cancelled asks the one that comes after it", () =>
    Effect.gen(function* () {
      const { between, client, engine, start } = yield* begin(newStore)
      between.onAsk = (row) => client.cancel(limiter).pipe(Effect.andThen(isOver(engine, "cancelled")), Effect.as(row))
      yield* start("b")
      yield* passes(engine, "b")
    })
  )

  live(
    "in the moment in which it is terminated asks the one that comes after it, and so do those who waited there",
    () =>
      Effect.gen(function* () {
        const { between, client, engine, start } = yield* begin(newStore)
        yield* start("b")
        yield* eventually(
          "it has heard of b",
          Effect.map(client.limits.get(one.limitName, "acct_1"), ({ queued }) => queued === 1)
        )
        between.onAsk = (row) =>
          client.terminate(limiter).pipe(Effect.andThen(isOver(engine, "terminated")), Effect.as(row))
        yield* start("c")
        // Of the one that comes after it b and c are the first.
        const first = yield* eventually(
          "one of them has the place",
          Effect.gen(function* () {
            for (const runId of ["b", "c"]) {
              const { waitingFor } = yield* client.get(runId)
              if (waitingFor.some((wait) => wait.kind === "signal")) return runId
            }
            return undefined
          })
        )
        const second = first === "b" ? "c" : "b"
        yield* waits(engine, second, "limit")
        yield* passes(engine, first)
        yield* passes(engine, second)
        // Nobody stands in line twice.
        yield* start("d")
        yield* passes(engine, "d")
      })
  )

  live("is not alone: those who had waited there when it was terminated ask the one that comes after it", () =>
    Effect.gen(function* () {
      const { client, engine, start } = yield* begin(newStore)
      yield* start("b")
      yield* eventually(
        "it has heard of b",
        Effect.map(client.limits.get(one.limitName, "acct_1"), ({ queued }) => queued === 1)
      )
      yield* client.terminate(limiter)
      yield* passes(engine, "b")
    })
  )

  live(
    "before it has heard of its end, by clocks that differ, asks the one that comes after it, and stands there once",
    () =>
      Effect.gen(function* () {
        const { between, client, engine } = yield* begin(newStore)
        const start = (runId: string) => client.start(stepping, { runId, input: job(runId) })
        yield* client.pause(limiter)
        yield* eventually(
          "it is paused",
          Effect.map(client.get(limiter), ({ status }) => status === "paused")
        )
        // So it stands behind the cancellation, in one turn with it, and its doorbell has been heard before.
        between.onAsk = (row) => Effect.succeed({ ...row, at: row.at + 3_600_000 })
        yield* start("b")
        yield* waits(engine, "b", "limit")
        // What is rung for behind it has been heard, and so has it.
        yield* client.start(holding, { runId: "later", input: job("later", "acct_2") })
        yield* waits(engine, "later", "release")
        // By hand: on SQLite a client says what is there before it.
        yield* engine.table.put(limiter, { kind: "cancel", at: yield* Clock.currentTimeMillis, reason: null })
        yield* waits(engine, "b", "release")
        // What b had asked at first would be given the place now, and keep it for as long as b lives.
        yield* start("c")
        yield* waits(engine, "c", "release")
      })
  )

  live("and is started anew asks it again where it is deleted in that moment", () =>
    Effect.gen(function* () {
      const { between, client, engine, start } = yield* begin(newStore)
      yield* client.terminate(limiter)
      yield* isOver(engine, "terminated")
      const told: Array<string> = []
      between.onRestart = (table) =>
        Effect.gen(function* () {
          yield* age(table)
          const { isErased } = yield* client.delete(limiter)
          told.push(isErased ? "erased" : "marked")
          yield* eventually(
            "nothing is left of it",
            Effect.andThen(
              engine.host.purge(),
              Effect.map(table.readRun(limiter), ({ head, messages }) => head === undefined && messages.length === 0)
            )
          )
        })
      yield* start("b")
      yield* passes(engine, "b")
      expect(told).toHaveLength(1)
    })
  )

  live("is told before that one is deleted, where nobody had heard its doorbell by then", () =>
    Effect.gen(function* () {
      const { engine, open, start } = yield* begin(newStore)
      yield* start("b")
      yield* waits(engine, "b", "limit")
      const asked = yield* eventually(
        "it has heard of b",
        Effect.gen(function* () {
          const { head, messages } = yield* engine.table.readRun(limiter)
          const row = messages.find((one): one is Asking => isAsk(one) && JSON.stringify(one).includes('"run\\":\\"b'))
          return row !== undefined && head?.tail.some((entry) => entry.includes(row.id)) === true && row
        })
      )
      yield* engine.close
      const services = yield* open.services
      const table = Context.get(services, RunTable)
      const { head } = yield* table.readRun(limiter)
      if (head === undefined) throw new Error("it has a head")
      const tail = head.tail.filter((entry) => !entry.includes(asked.id))
      const outcome = { tag: "cancelled", payload: { json: "null" } } as const
      const ended = { ...head, outcome, tail, adopted: tail.length, open: [], version: head.version + 1 }
      yield* table.commitHead(limiter, { ...ended, status: "cancelled" })
      yield* Effect.provideContext(tellFirst(limiter, { ...ended, status: "deleted" }), services)
      expect(yield* table.readMessage("b", `signal/${placeGiven.name}/${asked.id}`)).toMatchObject({
        payload: { json: JSON.stringify({ id: asked.id, again: true }) }
      })
      yield* passes(yield* open({ workflows: [holding] }), "b")
    })
  )

  const deletion = { generation: 1, until: Date.now() + 3_600_000 }
  const whichIsGone: Record<string, () => ReadonlyArray<Head>> = {
    "": () => [deletedHead],
    ", with what it was before it had continued as new": () => [
      { ...deletedHead, status: "continued", deletion },
      { ...deletedHead, deletion }
    ]
  }
  for (const [which, heads] of Object.entries(whichIsGone))
    live(`asks again if it was so slow that the one which it has found may be deleted by then${which}`, () =>
      Effect.gen(function* () {
        const services = yield* (yield* newStore).services
        const table = Context.get(services, RunTable)
        const slow = new Slow(table)
        const asked = (id: string) => {
          const held = { id, run: id, workflow: "holding", since: 0, scope: "run", channel: `${place}#0` } as const
          const who = { ...held, priority: 0, at: 0 }
          return askLimiter({ limit: one.limitName, key: "acct_1", place, spec: one.spec, who })
        }
        const ask = (id: string) =>
          asked(id).pipe(
            Effect.provideContext(Context.add(services, RunTable, slow.table)),
            Effect.provideService(Clock.Clock, slow.clock)
          )
        expect(yield* ask("a")).toBe(null)
        slow.onAsk = Effect.void
        expect(yield* ask("b")).toBe(null)
        slow.onAsk = Effect.forEach(heads(), (head, generation) =>
          table.commitHead(addressOf(limiter, generation), head)
        )
        expect(yield* Effect.flip(ask("c"))).toMatchObject({ _tag: "StoreUnavailable", operation: "Limit.ask" })
        // Who comes by then finds it out at once, and puts nothing.
        const found = yield* Effect.flip(Effect.provideContext(asked("d"), services))
        expect(found).toMatchObject({ _tag: "StoreUnavailable", operation: "Limit.ask" })
        expect(yield* table.readMessage(limiter, `signal/${limitNews.name}/d`)).toBe(undefined)
      })
    )
})

/** Each question takes a minute. */
class Slow {
  onAsk: Effect.Effect<unknown, unknown> = Effect.void
  readonly table: Table
  readonly clock: Clock.Clock
  private lateMs = 0

  constructor(table: Table) {
    this.table = {
      ...table,
      put: (runId, row) =>
        Effect.tap(table.put(runId, row), () => {
          if (row.kind !== "signal") return Effect.void
          this.lateMs += 60_000
          return Effect.orDie(this.onAsk)
        })
    }
    const clock = Context.get(Context.empty() as Context.Context<never>, Clock.Clock)
    this.clock = {
      ...clock,
      currentTimeMillisUnsafe: () => Date.now() + this.lateMs,
      currentTimeMillis: Effect.sync(() => Date.now() + this.lateMs)
    }
  }
}

const deletedHead: Head = {
  version: 1,
  status: "deleted",
  workflow: limitWorkflowName,
  definitionVersion: "1",
  startedAt: 0,
  updatedAt: 0,
  adopted: 0,
  segments: 0,
  tail: [],
  open: [],
  abandoned: [],
  fences: [],
  notices: false
}

const isAsk = (row: Message): row is Asking => row.kind === "signal" && row.name === limitWorkflowName
