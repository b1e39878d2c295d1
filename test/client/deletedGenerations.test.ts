import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { expect } from "vitest"
import { addressOf } from "../../src/actor/history/generation.ts"
import type { Head } from "../../src/actor/history/head.ts"
import { continueAsNew, defineSignal, defineWorkflow } from "../../src/index.ts"
import type { RunTable } from "../../src/store/runTable.ts"
import { eventually, live } from "../streams/engine.ts"
import { onEachStore } from "./eachStore.ts"

const go = defineSignal("go", Schema.String)

/** Has a generation more than it is told. */
const rounds = defineWorkflow("rounds", {
  input: Schema.Int,
  output: Schema.String,
  run: Effect.fn(function* (left: number) {
    const said = yield* go.receive
    return left > 0 ? yield* continueAsNew(left - 1) : said
  })
})

const asks = defineWorkflow("asks", {
  input: Schema.String,
  output: Schema.String,
  run: (runId) => Effect.catchTag(rounds.await(runId), "RunNotFound", ({ _tag }) => Effect.succeed(_tag))
})

const code = { workflows: [rounds, asks] }

const unstarted = Effect.fnUntraced(function* (table: RunTable["Service"]) {
  const found: Array<string> = []
  let cursor: string | undefined
  do {
    const page = yield* table.scanUnstarted(cursor)
    found.push(...page.runIds)
    cursor = page.cursor
  } while (cursor !== undefined)
  return found
})

onEachStore("a run of several generations that was deleted", (newStore) => {
  const ended = Effect.gen(function* () {
    const engine = yield* (yield* newStore)(code)
    const { client } = engine
    yield* client.start(rounds, { runId: "r", input: 2 })
    for (const id of ["a", "b", "c"]) yield* client.signal("r", go, id, { id })
    expect(yield* client.wait(rounds, "r")).toBe("c")
    return engine
  })

  const deleted = Effect.tap(ended, ({ client }) =>
    Effect.map(client.delete("r"), (answer) => expect(answer).toMatchObject({ isErased: true }))
  )

  live("says so in the head of each before its tombstone stands", () =>
    Effect.gen(function* () {
      const { client, table } = yield* ended
      const { entomb } = table
      const generations = [0, 1, 2].map((generation) => addressOf("r", generation))
      const heads = Effect.forEach(generations, (address) => table.readHead(address))
      const before = yield* heads
      let seen: ReadonlyArray<Head | undefined> = []
      let told: ReadonlyArray<{ readonly _tag: string; readonly deletedAt?: number | undefined }> = []
      const asked = Effect.forEach([0, 1, 2], (generation) => Effect.flip(client.get("r", { generation })))
      Object.assign(table, {
        entomb: (...args: Parameters<typeof entomb>) =>
          Effect.gen(function* () {
            seen = yield* Effect.orDie(heads)
            told = yield* Effect.orDie(asked)
            return yield* entomb(...args)
          })
      } satisfies Partial<RunTable["Service"]>)
      yield* client.delete("r")
      expect(seen.map((head) => head?.deletion)).toMatchObject(
        generations.map(() => ({ generation: 2, isSettled: true }))
      )
      const { updatedAt: deletedAt } = seen[2] as Head
      expect(told).toMatchObject(generations.map(() => ({ _tag: "RunNotFound", deletedAt })))
      // What leads to what else is to be taken away is there yet.
      expect(seen.map((head) => head?.outcome)).toEqual(before.map((head) => head?.outcome))
    })
  )

  live("has heads that say so and nothing else, which no look through the table takes for the beginning of one", () =>
    Effect.gen(function* () {
      const { table } = yield* deleted
      for (const generation of [0, 1]) {
        const head = yield* table.readHead(addressOf("r", generation))
        expect(head).toMatchObject({ status: "continued", tail: [], segments: 0, deletion: { generation: 2 } })
        expect(head?.outcome).toBeUndefined()
      }
      expect((yield* table.readHead(addressOf("r", 2)))?.status).toBe("deleted")
      expect((yield* unstarted(table)).filter((address) => address.startsWith("r"))).toEqual([])
    })
  )

  live("is there for nobody who asks for it, in any generation", () =>
    Effect.gen(function* () {
      const { client } = yield* deleted
      expect(yield* client.execute(asks, { runId: "asks", input: "r" })).toBe("RunNotFound")
      for (const generation of [0, 1, 2]) {
        expect(yield* Effect.flip(client.get("r", { generation }))).toMatchObject({ _tag: "RunNotFound" })
        const fork = client.fork(rounds, "r", { generation, at: 1, runId: `fork-${generation}` })
        expect(yield* Effect.flip(fork)).toMatchObject({ _tag: "RunNotFound" })
      }
    })
  )

  live("is looked at once more, soon, for what comes to one of its generations", () =>
    Effect.gen(function* () {
      const { host, table } = yield* deleted
      const [address, newest] = [addressOf("r", 1), addressOf("r", 2)]
      const head = yield* table.readHead(newest)
      if (head?.deletion === undefined) throw new Error("nobody deletes it")
      // As it is when it was looked at for the second time: it is left alone until its id is free.
      yield* table.commitHead(newest, { ...head, version: head.version + 1, startedAt: head.deletion.until })
      const at = yield* Clock.currentTimeMillis
      yield* table.put(address, { kind: "signal", at, name: "go", id: "late", payload: { json: '"late"' } })
      yield* eventually(
        "a pass takes it away",
        Effect.andThen(
          host.purge(),
          Effect.map(table.readMessage(address, "signal/go/late"), (row) => row === undefined)
        )
      )
    })
  )
})
