import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import { expect, it } from "vitest"
import { checkFence, type Head } from "../../src/actor/history/head.ts"
import { OutputChunks } from "../../src/store/beside/outputChunks.ts"
import { Replies } from "../../src/store/beside/replies.ts"
import { commitInOrder } from "../../src/store/commitInOrder.ts"
import type { HeadCommit, SentAhead } from "../../src/store/commits.ts"
import { StoreRefused, StoreUnavailable } from "../../src/store/errors.ts"
import { Payloads } from "../../src/store/payloads.ts"
import { RunTable } from "../../src/store/runTable.ts"
import { type QueueMessage, StepQueue } from "../../src/store/stepQueue.ts"
import { Timers } from "../../src/store/timers.ts"
import { newHead, stepRequest } from "./samples.ts"

type Failure = StoreRefused | StoreUnavailable

/** What fails, and when. */
interface World {
  head?: Failure
  timer?: Failure
  send?: (messages: ReadonlyArray<QueueMessage>) => Failure | undefined
}

const away = new StoreUnavailable({ operation: "test", message: "away" })
const refused = new StoreRefused({ operation: "Timers.schedule", message: "no right", mend: "give it" })

const day = 86_400_000

const setup = (world: World) => {
  const sent: Array<QueueMessage> = []
  const heads: Array<Head> = []
  const table = {
    commitHead: (_: string, head: Head) => {
      if (world.head !== undefined) return Effect.fail(world.head)
      heads.push(head)
      return Effect.succeed({ _tag: "Committed" })
    }
  }
  const queue = {
    maxDelayMs: 900_000,
    send: (messages: ReadonlyArray<QueueMessage>) => {
      const failure = world.send?.(messages)
      if (failure !== undefined) return Effect.fail(failure)
      sent.push(...messages)
      return Effect.void
    }
  }
  const timers = { schedule: () => (world.timer === undefined ? Effect.void : Effect.fail(world.timer)) }
  const replies: Replies["Service"] = { put: () => Effect.void, read: () => Effect.succeed(undefined) }
  const context = Context.make(RunTable, table as unknown as RunTable["Service"]).pipe(
    Context.add(StepQueue, queue as unknown as StepQueue["Service"]),
    Context.add(Timers, timers as unknown as Timers["Service"]),
    Context.add(Replies, replies),
    Context.add(OutputChunks, {} as OutputChunks["Service"]),
    Context.add(Payloads, {} as Payloads["Service"])
  )
  const commit = (head: HeadCommit, memory: SentAhead) =>
    Effect.runPromise(
      commitInOrder.pipe(
        Effect.flatMap((commits) => commits.commit({ runId: "run", rows: [], done: [], head, sent: memory })),
        Effect.provideContext(context),
        Effect.result
      )
    )
  const validKeys = () =>
    sent.flatMap((message) => {
      if (message.kind === "wake" || message.token === null) return []
      return checkFence(heads.at(-1), { index: message.index, token: message.token }) === "valid" ? [message.key] : []
    })
  return { commit, sent, heads, validKeys }
}

const turn = (changes: Partial<HeadCommit> = {}, head: Partial<Head> = {}): HeadCommit => ({
  head: newHead(head),
  adopted: ["start"],
  segments: [],
  steps: Array.from({ length: 25 }, (_, index) => stepRequest("run", `a#${index}`)),
  timers: [],
  clearTimers: [],
  notices: [],
  openIndexes: [1],
  ...changes
})

const keysOf = (messages: ReadonlyArray<QueueMessage>) =>
  messages.map((message) => (message.kind === "wake" ? "" : message.key)).sort()

it("sends no step where a timer is refused: the commit cannot stand", async () => {
  const { commit, sent } = setup({ timer: refused })
  const timers = [{ runId: "run", key: "long#0", due: Date.now() + day, index: 1 }]
  const result = await commit(turn({ timers }), {})
  expect(result).toMatchObject({ _tag: "Failure", failure: { _tag: "StoreRefused", mend: "give it" } })
  expect(sent).toEqual([])
})

it("sends each step once, however often the head's write is tried, and all are valid in the end", async () => {
  const world: World = { head: away }
  const { commit, sent, validKeys } = setup(world)
  const memory: SentAhead = {}
  for (let attempt = 0; attempt < 5; attempt++) await commit(turn(), memory)
  delete world.head
  expect(await commit(turn(), memory)).toMatchObject({ _tag: "Success", success: { _tag: "Committed" } })
  expect(sent).toHaveLength(25)
  expect(validKeys().sort()).toEqual(keysOf(turn().steps))
})

it("sends again no more than the part that was not taken", async () => {
  let isAway = true
  const { commit, sent, validKeys } = setup({
    send: (messages) => (isAway && keysOf(messages).includes("a#3") ? away : undefined)
  })
  const memory: SentAhead = {}
  expect(await commit(turn(), memory)).toMatchObject({ _tag: "Failure" })
  expect(sent).toHaveLength(15)
  isAway = false
  await commit(turn(), memory)
  expect(sent).toHaveLength(25)
  expect(validKeys().sort()).toEqual(keysOf(turn().steps))
})

it("makes nothing valid that another commit of the same version asks for", async () => {
  const world: World = { head: away }
  const { commit, sent, validKeys } = setup(world)
  const memory: SentAhead = {}
  await commit(turn(), memory)
  delete world.head
  // The same keys, another input: whoever has the first message would run the wrong one.
  const steps = turn().steps.map((step) => ({ ...step, fingerprint: "other" }))
  await commit(turn({ steps }), memory)
  expect(sent).toHaveLength(50)
  expect(validKeys()).toHaveLength(25)
  expect(sent.slice(25).every((message) => message.kind === "step" && message.fingerprint === "other")).toBe(true)
})

it("leaves behind what is asked for no more", async () => {
  const world: World = { head: away }
  const { commit, validKeys } = setup(world)
  const memory: SentAhead = {}
  await commit(turn(), memory)
  delete world.head
  await commit(turn({ steps: turn().steps.slice(1) }), memory)
  expect(validKeys()).not.toContain("a#0")
  expect(validKeys()).toHaveLength(24)
})

it("leaves behind what may have been sent, its answer lost, and is asked for no more", async () => {
  let isLost = true
  const world: World = {}
  const { commit, sent, validKeys } = setup(world)
  world.send = (messages) => {
    if (!isLost) return undefined
    sent.push(...messages)
    return away
  }
  const memory: SentAhead = {}
  const first = turn({ steps: [stepRequest("run", "a#0")] })
  expect(await commit(first, memory)).toMatchObject({ _tag: "Failure" })
  isLost = false
  await commit(turn({ steps: [stepRequest("run", "b#0")] }), memory)
  expect(sent).toHaveLength(2)
  expect(validKeys()).toEqual(["b#0"])
})

it("begins anew on another head", async () => {
  const world: World = { head: away }
  const { commit, heads, validKeys } = setup(world)
  const memory: SentAhead = {}
  await commit(turn(), memory)
  delete world.head
  await commit(turn({}, { version: 2 }), memory)
  expect(heads).toHaveLength(1)
  expect(validKeys()).toHaveLength(25)
})
