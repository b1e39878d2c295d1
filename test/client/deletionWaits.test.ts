import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { expect } from "vitest"
import { type Client, defineSignal, defineState, defineStream, defineUpdate, defineWorkflow } from "../../src/index.ts"
import type { RunTable } from "../../src/store/runTable.ts"
import { eventually, live } from "../streams/engine.ts"
import { onEachStore } from "./eachStore.ts"

const go = defineSignal("go", Schema.String)
const words = defineStream("words", Schema.String)
const shown = defineState("shown", Schema.String)
const ask = defineUpdate("ask", { input: Schema.Int, output: Schema.Int })

const slow = defineWorkflow("slow", {
  input: Schema.Null,
  output: Schema.String,
  run: Effect.fn(function* () {
    yield* ask.handle(() => Effect.never)
    return yield* go.receive
  })
})
const quick = defineWorkflow("quick", {
  input: Schema.Null,
  output: Schema.String,
  retention: "10 minutes",
  run: () => Effect.succeed("done")
})
const code = { workflows: [slow, quick] }

/** As whoever waits finds it that has not looked between the run's end and its deletion. */
const deletedUnseen = Effect.fnUntraced(function* (table: RunTable["Service"], runId: string) {
  const until = Date.now() + 3_600_000
  yield* eventually(
    "its head says so",
    Effect.gen(function* () {
      const head = yield* table.readHead(runId)
      if (head === undefined) return false
      const deletion = { generation: 0, until }
      const gone = {
        ...head,
        version: head.version + 1,
        status: "deleted",
        open: [],
        updatedAt: Date.now(),
        deletion
      } as const
      return (yield* table.commitHead(runId, gone))._tag === "Committed"
    })
  )
  yield* table.entomb(runId, { kind: "deleted", at: Date.now(), until, generation: 0 })
})

/** How often clients have looked for a run's head: hosts read runs whole. */
const countLooks = (table: RunTable["Service"]): { readonly count: number } => {
  const looks = { count: 0 }
  const { headChanged, readHead } = table
  const counted = <A extends ReadonlyArray<unknown>, B>(look: (...args: A) => B) => {
    return (...args: A): B => {
      looks.count++
      return look(...args)
    }
  }
  Object.assign(table, {
    readHead: counted(readHead),
    ...(headChanged === undefined ? {} : { headChanged: counted(headChanged) })
  })
  return looks
}

onEachStore("who waits for a run that is deleted", (newStore) => {
  const waits: Record<string, (client: Client["Service"]) => Effect.Effect<unknown, { readonly _tag: string }>> = {
    "its end": (client) => client.wait(slow, "r"),
    "an answer": (client) => client.update("r", ask, 1),
    "its stream": (client) => Stream.runDrain(client.stream("r", words)),
    "its state": (client) => Stream.runDrain(client.watch("r", shown))
  }
  for (const [what, wait] of Object.entries(waits))
    live(`is told that there is none, who waits for ${what}`, () =>
      Effect.gen(function* () {
        const { client, table } = yield* (yield* newStore)(code)
        yield* client.start(slow, { runId: "r", input: null })
        const looks = countLooks(table)
        const waiting = yield* Effect.forkChild(Effect.flip(wait(client)))
        yield* eventually(
          "it runs",
          Effect.map(
            table.readRun("r"),
            ({ head, messages }) =>
              head?.status === "running" && (what !== "an answer" || messages.some(({ kind }) => kind === "update"))
          )
        )
        // Whoever waits has begun to: it has found the run there, and looks again.
        yield* eventually(
          "it waits",
          Effect.sync(() => looks.count > 1)
        )
        yield* deletedUnseen(table, "r")
        expect(yield* Fiber.join(waiting)).toMatchObject({ _tag: "RunNotFound", runId: "r" })
      })
    )
})

onEachStore("how long a run is kept", (newStore) => {
  live("is counted from its end by the clock, and not from the last that it was told", () =>
    Effect.gen(function* () {
      const { client, host, table } = yield* (yield* newStore)(code)
      yield* client.start(quick, { runId: "now", input: null })
      yield* client.wait(quick, "now")
      const begun = Date.now()
      const start = yield* table.readMessage("now", "start")
      if (start?.kind !== "start") throw new Error("no start")
      // It has waited for hours, as one does that is parked.
      yield* table.put("late", { ...start, at: begun - 5 * 3_600_000 })
      expect(yield* client.wait(quick, "late")).toBe("done")
      const head = yield* table.readHead("late")
      expect(head?.startedAt).toBe(begun - 5 * 3_600_000)
      expect(head?.updatedAt).toBeGreaterThanOrEqual(begun)
      expect(yield* host.purge()).toMatchObject({ deleted: 0 })
      expect(yield* client.get("late")).toMatchObject({ status: "succeeded" })
    })
  )
})
