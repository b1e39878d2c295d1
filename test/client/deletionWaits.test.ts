import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { expect } from "vitest"
import { addressOf } from "../../src/actor/history/generation.ts"
import {
  type Client,
  continueAsNew,
  defineSignal,
  defineState,
  defineStream,
  defineUpdate,
  defineWorkflow
} from "../../src/index.ts"
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
/** Goes on as new as often as it is told to, and says a word in its last generation. */
const speaker = defineWorkflow("speaker", {
  input: Schema.Int,
  output: Schema.String,
  run: Effect.fn(function* (left: number) {
    if (left > 0) return yield* continueAsNew(left - 1)
    yield* go.receive
    yield* words.emit("word")
    return yield* go.receive
  })
})
const code = { workflows: [slow, quick, speaker] }

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

/** Where clients have looked for a run's head: hosts read runs whole. */
const noteLooks = (table: RunTable["Service"]): ReadonlyArray<string> => {
  const looks: Array<string> = []
  const noted = <A extends ReadonlyArray<unknown>, B>(look: (address: string, ...args: A) => B) => {
    return (address: string, ...args: A): B => {
      looks.push(address)
      return look(address, ...args)
    }
  }
  Object.assign(table, { readHead: noted(table.readHead), headChanged: noted(table.headChanged) })
  return looks
}

/** As if nobody had begun this generation yet, until it is to be seen. */
const hideHead = (table: RunTable["Service"], hidden: string) => {
  const hiding = { isOn: true, looks: 0 }
  const { headChanged, readHead } = table
  const isHidden = (address: string) => {
    if (address === hidden) hiding.looks++
    return hiding.isOn && address === hidden
  }
  Object.assign(table, {
    readHead: (address: string) => (isHidden(address) ? Effect.succeed(undefined) : readHead(address)),
    headChanged: (...of: Parameters<typeof headChanged>) =>
      isHidden(of[0]) ? Effect.as(Effect.sleep(of[1]), undefined) : headChanged(...of)
  } satisfies Partial<RunTable["Service"]>)
  return hiding
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
        const looks = noteLooks(table)
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
          Effect.sync(() => looks.length > 1)
        )
        yield* deletedUnseen(table, "r")
        expect(yield* Fiber.join(waiting)).toMatchObject({ _tag: "RunNotFound", runId: "r" })
      })
    )
})

onEachStore("who reads slowly of a run that is deleted without a tombstone", (newStore) => {
  for (const generation of [0, 1])
    live(`is told that there is none, in its generation ${generation}`, () =>
      Effect.gen(function* () {
        const { client, table } = yield* (yield* newStore)(code)
        yield* client.start(speaker, { runId: "r", input: generation })
        const looks = noteLooks(table)
        const heard = yield* Deferred.make<void>()
        const goOn = yield* Deferred.make<void>()
        const hear = () => Effect.andThen(Deferred.succeed(heard, undefined), Deferred.await(goOn))
        const reading = yield* Effect.forkChild(Effect.flip(Stream.runForEach(client.stream("r", words), hear)))
        yield* eventually(
          "the reader has come to that generation",
          Effect.sync(() => looks.filter((address) => address === addressOf("r", generation)).length > 2)
        )
        yield* client.signal("r", go, "speak")
        yield* Deferred.await(heard)
        yield* client.signal("r", go, "end")
        expect(yield* client.wait(speaker, "r")).toBe("end")
        expect(yield* client.delete("r", { tombstone: "none" })).toMatchObject({ isErased: true })
        yield* Deferred.succeed(goOn, undefined)
        expect(yield* Fiber.join(reading)).toMatchObject({ _tag: "RunNotFound", runId: "r" })
      })
    )
})

onEachStore("who waits for a run that nobody has begun", (newStore) => {
  const waits: Record<string, (client: Client["Service"]) => Effect.Effect<unknown, { readonly _tag: string }>> = {
    "its end": (client) => client.wait(speaker, "r"),
    "its stream": (client) => Stream.runDrain(client.stream("r", words)),
    "its state": (client) => Stream.runDrain(client.watch("r", shown))
  }
  for (const [what, wait] of Object.entries(waits))
    for (const generation of [0, 1])
      live(`is told that it was deleted without a tombstone, who waits for ${what} in generation ${generation}`, () =>
        Effect.gen(function* () {
          const open = yield* newStore
          const { client } = yield* open(code)
          const elsewhere = yield* open({})
          const hiding = hideHead(elsewhere.table, addressOf("r", generation))
          yield* client.start(speaker, { runId: "r", input: generation })
          yield* eventually(
            "it waits",
            Effect.map(client.get("r"), (run) => run.generation === generation && run.waitingFor.length > 0)
          )
          const waiting = yield* Effect.forkChild(Effect.flip(wait(elsewhere.client)))
          yield* eventually(
            "somebody waits for it",
            Effect.sync(() => hiding.looks > 1)
          )
          yield* client.signal("r", go, "speak")
          yield* client.signal("r", go, "end")
          yield* client.wait(speaker, "r")
          expect(yield* client.delete("r", { tombstone: "none" })).toMatchObject({ isErased: true })
          hiding.isOn = false
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
