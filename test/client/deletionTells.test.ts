import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { expect } from "vitest"
import { defineSignal, defineWorkflow } from "../../src/index.ts"
import { ownerOf } from "../../src/store/deletion/payloadNames.ts"
import { reference } from "../store/samples.ts"
import { eventually, live } from "../streams/engine.ts"
import { onEachStore } from "./eachStore.ts"

const go = defineSignal("go", Schema.String)
const child = defineWorkflow("child", {
  input: Schema.Null,
  output: Schema.String,
  retention: "1 minute",
  run: () => go.receive
})
const parent = defineWorkflow("parent", {
  input: Schema.Null,
  output: Schema.String,
  run: () => child.child(null, { runId: "child" })
})
const waiter = defineWorkflow("waiter", {
  input: Schema.Null,
  output: Schema.String,
  run: () => Effect.orDie(child.await("child"))
})

const asks = defineWorkflow("asks", {
  input: Schema.Null,
  output: Schema.String,
  run: () => Effect.catch(child.await("child"), ({ _tag }) => Effect.succeed(_tag))
})

onEachStore("a run that is deleted before it has told anybody of its end", (newStore) => {
  for (const how of ["client", "purge"] as const)
    live(`has its parent told, and who waits for it, by the ${how} that deletes it`, () =>
      Effect.gen(function* () {
        const { client, host, table } = yield* (yield* newStore)({ workflows: [parent, child, waiter] })
        yield* client.start(parent, { runId: "p", input: null })
        yield* eventually(
          "the child runs",
          Effect.map(table.readHead("child"), (head) => head?.status === "running")
        )
        yield* client.start(waiter, { runId: "w", input: null })
        yield* eventually(
          "the child is asked",
          Effect.map(table.readRun("child"), ({ messages }) => messages.some(({ kind }) => kind === "await"))
        )
        // Its last commit stands, and whoever made it has died over what follows: nothing rings.
        yield* eventually(
          "its last commit",
          Effect.gen(function* () {
            const head = yield* table.readHead("child")
            if (head === undefined) return false
            const committed = yield* table.commitHead("child", {
              ...head,
              version: head.version + 1,
              status: "succeeded",
              outcome: { tag: "succeeded", payload: { json: '"done"' } },
              open: [],
              notices: true,
              startedAt: Date.now() - 3_600_000,
              updatedAt: Date.now() - 3_600_000
            })
            return committed._tag === "Committed"
          })
        )
        if (how === "client") expect(yield* client.delete("child")).toMatchObject({ isErased: true })
        else
          yield* eventually(
            "it is old",
            Effect.map(host.purge(), (result) => result?.deleted === 1)
          )
        expect(yield* Effect.flip(client.get("child"))).toMatchObject({ _tag: "RunNotFound" })
        expect(yield* client.wait(parent, "p")).toBe("done")
        expect(yield* client.wait(waiter, "w")).toBe("done")
      })
    )
})

onEachStore("a run whose deletion takes longer than that of its parent", (newStore) => {
  live("does not tell its end to another run of its parent's id", () =>
    Effect.gen(function* () {
      const { client, table } = yield* (yield* newStore)({ workflows: [parent, child] })
      const link = { key: "child:child", fingerprint: "" }
      // As it stands when whoever deletes it has died: its head says so, and its tombstone stands.
      yield* client.start(child, { runId: "child", input: null })
      yield* eventually(
        "it is deleted, but for its rows",
        Effect.gen(function* () {
          const head = yield* table.readHead("child")
          if (head?.status !== "running") return false
          const at = Date.now() - 3_600_000
          const was = { status: "succeeded", startedAt: at, updatedAt: at } as const
          const committed = yield* table.commitHead("child", {
            ...head,
            version: head.version + 1,
            status: "deleted",
            outcome: { tag: "succeeded", payload: { json: '"done before"' } },
            open: [],
            parent: { runId: "p", ...link },
            startedAt: Date.now() + 3_600_000,
            updatedAt: at,
            deletion: { generation: 0, until: Date.now() + 3_600_000, was }
          })
          return committed._tag === "Committed"
        })
      )
      yield* table.entomb("child", { kind: "deleted", at: Date.now(), until: Date.now() + 3_600_000, generation: 0 })
      yield* client.start(parent, { runId: "p", input: null })
      expect(yield* Effect.flip(client.wait(parent, "p"))).toMatchObject({ _tag: "RunDied" })
    })
  )
})

onEachStore("a run whose deletion was interrupted when its objects were gone", (newStore) => {
  for (const when of ["before", "after"] as const)
    live(`is not there for one that asks ${when} whoever deletes it is back`, () =>
      Effect.gen(function* () {
        const { client, host, table } = yield* (yield* newStore)({ workflows: [child, asks] })
        yield* client.start(child, { runId: "child", input: null })
        const isAsked = Effect.map(table.readRun("child"), ({ messages }) =>
          messages.find((message) => message.kind === "await")
        )
        if (when === "before") {
          yield* client.start(asks, { runId: "w", input: null })
          yield* eventually("the child is asked", isAsked)
        }
        yield* eventually(
          "it is deleted, but for its rows",
          Effect.gen(function* () {
            const head = yield* table.readHead("child")
            if (head?.status !== "running") return false
            const at = Date.now() - 3_600_000
            const was = { status: "succeeded", startedAt: at, updatedAt: at } as const
            const committed = yield* table.commitHead("child", {
              ...head,
              version: head.version + 1,
              status: "deleted",
              outcome: { tag: "succeeded", payload: { ...reference("gone"), owner: ownerOf("child") } },
              open: [],
              startedAt: at,
              updatedAt: Date.now(),
              deletion: { generation: 0, until: Date.now() + 3_600_000, was }
            })
            return committed._tag === "Committed"
          })
        )
        yield* table.entomb("child", { kind: "deleted", at: Date.now(), until: Date.now() + 3_600_000, generation: 0 })
        if (when === "before") yield* eventually("it is taken up", host.purge())
        else yield* client.start(asks, { runId: "w", input: null })
        expect(yield* client.wait(asks, "w")).toBe("RunNotFound")
      })
    )
})
