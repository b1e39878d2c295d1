import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import { describe, expect, it } from "vitest"
import { checkFence, type Head } from "../../src/actor/history/head.ts"
import { type Message, messageKey } from "../../src/actor/history/message.ts"
import type { Reply } from "../../src/actor/history/reply.ts"
import { OutputChunks } from "../../src/store/beside/outputChunks.ts"
import { Replies } from "../../src/store/beside/replies.ts"
import { commitInOrder } from "../../src/store/commitInOrder.ts"
import type { CommitResult, HeadCommit, TurnCommit } from "../../src/store/commits.ts"
import { StoreUnavailable } from "../../src/store/errors.ts"
import { Payloads } from "../../src/store/payloads.ts"
import { RunTable } from "../../src/store/runTable.ts"
import { type QueueMessage, StepQueue } from "../../src/store/stepQueue.ts"
import { type Timer, Timers } from "../../src/store/timers.ts"
import { newHead, startMessage, stepMessage, stepRequest } from "./samples.ts"

/** Table, queue and timers in memory, which note every write in order, and fail the one that they are told to. */
const makeWorld = (failAt = Number.POSITIVE_INFINITY) => {
  const rows = new Map<string, Message>()
  const segments: Array<ReadonlyArray<string>> = []
  const sent: Array<QueueMessage> = []
  const scheduled: Array<Timer> = []
  const completed: Array<string> = []
  const answered: Array<Reply> = []
  const log: Array<string> = []
  const heads = new Map<string, Head>()

  const write = <A>(name: string, act: () => A) =>
    Effect.suspend(() => {
      if (log.length >= failAt) return Effect.fail(new StoreUnavailable({ operation: name, message: "crashed" }))
      log.push(name)
      return Effect.succeed(act())
    })

  const table = {
    put: (runId: string, message: Message) =>
      write("row", () => {
        const id = `${runId} ${messageKey(message)}`
        const existing = rows.get(id)
        if (existing !== undefined) return { _tag: "Exists" as const, message: existing }
        rows.set(id, message)
        return { _tag: "Inserted" as const }
      }),
    putSegment: (_: string, index: number, keys: ReadonlyArray<string>) =>
      write("segment", () => {
        segments[index] = keys
      }),
    commitHead: (runId: string, head: Head) =>
      write("head", () => {
        const before = heads.get(runId)
        if ((before?.version ?? 0) !== head.version - 1) return { _tag: "Conflict" as const, head: before }
        heads.set(runId, head)
        return { _tag: "Committed" as const }
      })
  }
  const queue = {
    maxDelayMs: 900_000,
    send: (messages: ReadonlyArray<QueueMessage>) => write("send", () => void sent.push(...messages)),
    complete: (deliveries: ReadonlyArray<{ readonly receipt: string }>) =>
      write("complete", () => void completed.push(...deliveries.map(({ receipt }) => receipt)))
  }
  const timers = {
    schedule: (timer: Timer) => write("schedule", () => void scheduled.push(timer)),
    clear: () => write("clear", () => undefined)
  }
  const replies: Replies["Service"] = {
    put: (_, reply) => write("reply", () => void answered.push(reply)),
    read: () => Effect.succeed(undefined)
  }
  const context = Context.make(RunTable, table as unknown as RunTable["Service"]).pipe(
    Context.add(StepQueue, queue as unknown as StepQueue["Service"]),
    Context.add(Timers, timers),
    Context.add(Replies, replies),
    Context.add(OutputChunks, {} as OutputChunks["Service"]),
    Context.add(Payloads, {} as Payloads["Service"])
  )
  const commit = (turn: TurnCommit) =>
    Effect.runPromise(
      commitInOrder.pipe(
        Effect.flatMap((commits) => commits.commit(turn)),
        Effect.provideContext(context),
        Effect.result
      )
    )
  const isValid = (message: QueueMessage) =>
    message.kind !== "wake" &&
    message.token !== null &&
    checkFence(heads.get(message.runId), { index: message.index, token: message.token }) === "valid"
  return { commit, answered, rows, segments, sent, scheduled, completed, log, heads, isValid }
}

const day = 86_400_000

const fullTurn = (): TurnCommit & { readonly head: HeadCommit } => ({
  runId: "run",
  rows: [startMessage()],
  done: [{ receipt: "delivery", message: { kind: "wake", runId: "run", notBefore: 0 }, receives: 1 }],
  head: {
    head: newHead({ notices: true }),
    adopted: ["start"],
    segments: [{ index: 0, keys: ["start"] }],
    steps: [stepRequest("run", "a#0"), stepRequest("run", "a#1")],
    timers: [
      { runId: "run", key: "short#0", due: Date.now() + 1_000, index: 1 },
      { runId: "run", key: "long#0", due: Date.now() + day, index: 1 }
    ],
    clearTimers: [{ runId: "run", key: "gone#0", due: 1 }],
    notices: [{ runId: "child", message: startMessage() }],
    openIndexes: [1]
  }
})

const successOf = (result: Awaited<ReturnType<ReturnType<typeof makeWorld>["commit"]>>): CommitResult => {
  if (result._tag === "Failure") throw result.failure
  return result.success
}

describe("commitInOrder", () => {
  it("writes rows, segments, messages and timers before the head, notices after it, and completes last", async () => {
    const world = makeWorld()
    const result = successOf(await world.commit(fullTurn()))
    expect(result).toMatchObject({ _tag: "Committed", conflicts: [] })
    const head = world.log.indexOf("head")
    expect(world.log.slice(0, head).sort()).toEqual(["row", "schedule", "segment", "send"])
    expect(world.log.slice(head + 1, -1).sort()).toEqual(["clear", "row"])
    expect(world.log.at(-1)).toBe("complete")
    expect(world.scheduled.map(({ key }) => key)).toEqual(["long#0"])
    expect(world.sent.map((message) => ("key" in message ? message.key : ""))).toEqual(["a#0", "a#1", "short#0"])
    expect(world.sent.every(world.isValid)).toBe(true)
    expect(world.sent[2]).toMatchObject({ kind: "timer", index: 1 })
  })

  it("gives every commit a token of its own", async () => {
    const [one, two] = [makeWorld(), makeWorld()]
    await one.commit(fullTurn())
    await two.commit(fullTurn())
    const tokens = [one, two].map(({ heads }) => heads.get("run")?.fences.map(({ token }) => token))
    expect(tokens[0]).toHaveLength(1)
    expect(tokens[0]).not.toEqual(tokens[1])
    expect(tokens[0]?.[0]).toMatch(/^[0-9a-z]{8,11}$/)
  })

  it("needs no fence to send nothing", async () => {
    const world = makeWorld()
    const turn = fullTurn()
    await world.commit({ ...turn, head: { ...turn.head, steps: [], timers: turn.head.timers.slice(1) } })
    expect(world.heads.get("run")?.fences).toEqual([])
    expect(world.log).not.toContain("send")
  })

  // Every write that can be the last before a crash, in the order that this world happens to see.
  const writes = 9
  it.each(Array.from({ length: writes }, (_, failAt) => failAt))(
    "loses nothing and lets nothing take effect too early when it crashes after %i writes",
    async (failAt) => {
      const world = makeWorld(failAt)
      const result = await world.commit(fullTurn())
      const stands = world.heads.has("run")
      const named = {
        rows: world.rows.has("run start"),
        sent: world.sent.length === 3,
        long: world.scheduled.length === 1
      }
      // Once the head stands, so does all that it issued; before that, none of it may be acted on.
      if (stands) expect(named).toEqual({ rows: true, sent: true, long: true })
      expect(world.sent.filter(world.isValid)).toHaveLength(stands ? 3 : 0)
      // Completed only when nothing is left to do; a turn that failed brings its delivery back.
      if (world.completed.length > 0) expect(world.rows.has("child start")).toBe(true)
      const allButComplete = failAt >= writes - 1
      expect(result._tag).toBe(
        allButComplete ? "Success" : stands && world.rows.has("child start") ? "Success" : "Failure"
      )
    }
  )

  it("leaves a head alone if a row says otherwise, and is done with the delivery", async () => {
    const world = makeWorld()
    const other = startMessage({ fingerprint: "other" })
    world.rows.set("run start", other)
    const result = successOf(await world.commit(fullTurn()))
    expect(result).toEqual({ _tag: "Superseded", existing: [other] })
    expect(world.heads.size).toBe(0)
    expect(world.sent.filter(world.isValid)).toEqual([])
    expect(world.completed).toEqual(["delivery"])
  })

  it("does nothing more after a conflict but to complete", async () => {
    const world = makeWorld()
    const winner = newHead({ updatedAt: 1, adopted: 2, fences: [{ upTo: 2, token: "winner" }] })
    world.heads.set("run", winner)
    const result = successOf(await world.commit(fullTurn()))
    expect(result).toEqual({ _tag: "Conflict", head: winner })
    expect(world.rows.has("child start")).toBe(false)
    expect(world.sent.filter(world.isValid)).toEqual([])
    expect(world.completed).toEqual(["delivery"])
  })

  it("puts rows alone", async () => {
    const world = makeWorld()
    const turn = { runId: "run", rows: [stepMessage("a#0")], done: fullTurn().done }
    expect(successOf(await world.commit(turn))).toEqual({ _tag: "Committed", head: undefined, conflicts: [] })
    expect(world.log).toEqual(["row", "complete"])
  })
})
