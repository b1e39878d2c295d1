import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { expect } from "vitest"
import { adoptedKey } from "../../src/actor/history/entry.ts"
import { addressOf } from "../../src/actor/history/generation.ts"
import type { Head } from "../../src/actor/history/head.ts"
import type { RestartMessage } from "../../src/actor/history/message.ts"
import { defineSignal, defineWorkflow } from "../../src/index.ts"
import { conclusionOf } from "../../src/streams/commits/conclude.ts"
import { onEachStore } from "../client/eachStore.ts"
import { signalMessage } from "../store/samples.ts"
import { eventually, live } from "./engine.ts"

const word = defineSignal("word", Schema.String)

const hears = defineWorkflow("hears", { input: Schema.String, output: Schema.String, run: () => word.receive })

const other = defineSignal("other", Schema.String)

/** Receives the signal that its input names, and no other. */
const choosy = defineWorkflow("choosy", {
  input: Schema.String,
  output: Schema.String,
  run: (name) => (name === "word" ? word.receive : other.receive)
})

const restart = (id: string, changes: Partial<RestartMessage> = {}): RestartMessage => ({
  kind: "restart",
  at: Date.now(),
  id,
  policy: "afterFinish",
  workflow: "hears",
  definitionVersion: "1",
  fingerprint: "1",
  input: { json: JSON.stringify(id) },
  ...changes
})

onEachStore("a run that has ended, and is asked to start once more", (newStore, store) => {
  // In a file both are one transaction.
  const inOrder: typeof live =
    store === "aws" ? live : (Object.assign(() => undefined, { each: live.each }) as typeof live)
  inOrder("goes on with its last head alone, where whoever wrote that has died right after it", () =>
    Effect.gen(function* () {
      const open = yield* newStore
      const first = yield* open({ workflows: [hears] })
      yield* first.client.start(hears, { runId: "r", input: "a" })
      yield* first.client.signal("r", word, "one")
      expect(yield* first.client.wait(hears, "r")).toBe("one")
      yield* first.close
      const { table } = yield* open({ workflows: [] })
      const before = yield* table.readRun("r")
      const asked = restart("again")
      const stored = { ...before, messages: [...before.messages, asked] }
      const conclusion = yield* Effect.provideContext(
        conclusionOf("r", before.head as Head, stored, Date.now()),
        first.services
      )
      // No doorbell and nothing behind the head: only a look at the run can tell.
      yield* table.commitHead("r", conclusion?.head as Head)
      const second = yield* open({ workflows: [hears] })
      yield* table.put("r", asked)
      yield* second.client.signal("r", word, "two")
      expect(yield* second.client.wait(hears, "r", { generation: 1 })).toBe("two")
      expect(yield* second.client.wait(hears, "r", { generation: 0 })).toBe("one")
    })
  )

  live("leaves what came before the request where it was, and takes along what came behind it", () =>
    Effect.gen(function* () {
      const open = yield* newStore
      const { client, services, table } = yield* open({ workflows: [hears] })
      yield* client.start(hears, { runId: "r", input: "a" })
      yield* client.signal("r", word, "one")
      expect(yield* client.wait(hears, "r")).toBe("one")
      const { head, messages, segments } = yield* table.readRun("r")
      const early = signalMessage("word", "early")
      const late = { ...signalMessage("word", "late"), at: Date.now() + 5 }
      const asked = restart("again")
      const last = restart("last", { at: asked.at + 10 })
      const stored = { head, segments, messages: [...messages, early, asked, late, last] }
      const conclusion = yield* Effect.provideContext(conclusionOf("r", head as Head, stored, asked.at), services)
      expect(conclusion?.adopted.map(adoptedKey)).toEqual(["signal/word/early", "restart/again"])
      expect(conclusion?.head).toMatchObject({ status: "continued", concluded: { status: "succeeded" } })
      const rows = conclusion?.next?.rows ?? []
      expect(conclusion?.next?.address).toBe(addressOf("r", 1))
      expect(rows.slice(0, -1)).toEqual([late, last])
      expect(rows.at(-1)).toMatchObject({ kind: "start", request: "again", continues: { generation: 0, since: 1 } })
      expect(
        yield* Effect.provideContext(conclusionOf("r", head as Head, { head, segments, messages }, 0), services)
      ).toBe(undefined)
    })
  )

  live("begins once, whoever of two hosts comes to it first", () =>
    Effect.gen(function* () {
      const open = yield* newStore
      const one = yield* open({ workflows: [hears] })
      const two = yield* open({ workflows: [hears] })
      for (const runId of ["a", "b", "c", "d"]) {
        yield* one.client.start(hears, { runId, input: "a" })
        yield* one.client.signal(runId, word, "one")
        yield* one.client.wait(hears, runId)
        const asked = { runId, input: "b", policy: "afterFinish", requestId: "once" } as const
        yield* Effect.all([one.client.start(hears, asked), two.client.start(hears, asked)], { concurrency: 2 })
        yield* two.client.signal(runId, word, "two")
        expect(yield* two.client.wait(hears, runId)).toBe("two")
        yield* eventually(
          "it has ended",
          Effect.map(one.client.get(runId), ({ generation, status }) => generation === 1 && status === "succeeded")
        )
      }
    })
  )

  live("is told by who had ended it by force: the start that waited has its turn", () =>
    Effect.gen(function* () {
      const { client } = yield* (yield* newStore)({ workflows: [hears] })
      yield* client.start(hears, { runId: "r", input: "a" })
      yield* eventually(
        "it waits",
        Effect.map(client.get("r"), ({ waitingFor }) => waitingFor.length > 0)
      )
      yield* client.start(hears, { runId: "r", input: "b", policy: "afterFinish" })
      yield* eventually(
        "it has heard of the start",
        Effect.map(client.get("r"), ({ messages }) => messages > 1)
      )
      yield* client.terminate("r")
      yield* client.signal("r", word, "on")
      expect(yield* client.wait(hears, "r")).toBe("on")
      expect(yield* client.get("r", { generation: 0 })).toMatchObject({ status: "terminated" })
    })
  )

  live("takes along what it was sent behind the request and has not received, also where it was ended by force", () =>
    Effect.gen(function* () {
      const { client } = yield* (yield* newStore)({ workflows: [choosy] })
      yield* client.start(choosy, { runId: "r", input: "word" })
      yield* client.signal("r", other, "before the request")
      yield* client.start(choosy, { runId: "r", input: "other", policy: "afterFinish" })
      yield* client.signal("r", other, "behind it")
      yield* eventually(
        "it has adopted all of that",
        Effect.map(client.get("r"), ({ messages }) => messages === 4)
      )
      yield* client.terminate("r")
      expect(yield* client.wait(choosy, "r")).toBe("behind it")
    })
  )
})
