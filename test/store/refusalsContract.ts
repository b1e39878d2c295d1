import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import { describe, expect, it } from "vitest"
import { WriteRefused } from "../../src/actor/errors.ts"
import type { Head } from "../../src/actor/history/head.ts"
import { messageKey } from "../../src/actor/history/message.ts"
import { type CommitResult, Commits, type HeadCommit } from "../../src/store/commits.ts"
import type { StoreRefused, StoreUnavailable } from "../../src/store/errors.ts"
import { RunTable } from "../../src/store/runTable.ts"
import { parkedHead } from "../../src/streams/commits/parkedHead.ts"
import { bulkyJson, newHead, newRunId, signalMessage, startMessage, stepMessage } from "./samples.ts"
import { type StoreUnderTest, useStore } from "./useStore.ts"

export interface RefusalsContractOptions {
  /** Items over 400 KB and keys over 2 KB, as DynamoDB does. A store without limits takes them. */
  readonly refuses: boolean
}

type Services = RunTable | Commits

/** What a store does with what is too large for some: it takes it whole, or says that it never will and leaves nothing behind. */
export const refusalsContract = (
  name: string,
  layer: Layer.Layer<Services, unknown>,
  options: RefusalsContractOptions
): void => {
  describe(`Limits: ${name}`, () => {
    const store = useStore(layer)
    writes(store, options)
    turns(store, options)
  })
}

const tooLarge = () => ({ json: bulkyJson(600 * 1024) })
const largeRow = () => signalMessage("large", "1", tooLarge())
const endedHead = (changes: Partial<Head> = {}) =>
  newHead({ status: "succeeded", outcome: { tag: "succeeded", payload: tooLarge() }, ...changes })

/** True if it was taken. What is refused is refused as that, and names the operation. */
const taken = <A, R>(operation: string, write: Effect.Effect<A, StoreUnavailable | StoreRefused, R>) =>
  Effect.map(Effect.result(write), (result) => {
    if (result._tag === "Success") return true
    expect(result.failure).toMatchObject({ _tag: "StoreRefused", operation })
    expect(result.failure.message).toContain("ValidationException")
    return false
  })

const writes = ({ run }: StoreUnderTest<Services>, { refuses }: RefusalsContractOptions): void => {
  it("a row", () =>
    run(
      Effect.gen(function* () {
        const table = yield* RunTable
        const runId = newRunId()
        const row = largeRow()
        expect(yield* taken("RunTable.put", table.put(runId, row))).toBe(!refuses)
        expect(yield* table.readMessage(runId, messageKey(row))).toEqual(refuses ? undefined : row)
      })
    ))

  it("a head", () =>
    run(
      Effect.gen(function* () {
        const table = yield* RunTable
        const runId = newRunId()
        yield* table.commitHead(runId, newHead())
        const head = endedHead({ version: 2 })
        expect(yield* taken("RunTable.commitHead", table.commitHead(runId, head))).toBe(!refuses)
        expect(yield* table.readHead(runId)).toEqual(refuses ? newHead() : head)
      })
    ))

  it("an order segment", () =>
    run(
      Effect.gen(function* () {
        const table = yield* RunTable
        const runId = newRunId()
        const keys = Array.from({ length: 32 }, (_, n) => `step/${bulkyJson(20 * 1024)}#${n}`)
        expect(yield* taken("RunTable.putSegment", table.putSegment(runId, 0, keys))).toBe(!refuses)
        expect((yield* table.readRun(runId)).segments).toEqual(refuses ? [] : [keys])
      })
    ))

  it.each([3_000, 100_000])("a run id of %i characters", (characters) =>
    run(
      Effect.gen(function* () {
        const table = yield* RunTable
        const runId = newRunId().padEnd(characters, "r")
        expect(yield* taken("RunTable.put", table.put(runId, startMessage()))).toBe(!refuses)
        expect(yield* taken("RunTable.commitHead", table.commitHead(runId, newHead()))).toBe(!refuses)
        const start = refuses ? undefined : startMessage()
        const head = refuses ? undefined : newHead()
        expect(yield* table.readMessage(runId, "start")).toEqual(start)
        expect(yield* table.readHead(runId)).toEqual(head)
        expect(yield* table.readRun(runId)).toEqual({
          head,
          segments: [],
          messages: start === undefined ? [] : [start]
        })
      })
    )
  )

  it("a key of 2,000 characters", () =>
    run(
      Effect.gen(function* () {
        const table = yield* RunTable
        const runId = newRunId()
        const row = stepMessage("k".repeat(2_000))
        expect(yield* taken("RunTable.put", table.put(runId, row))).toBe(!refuses)
        expect(yield* table.readMessage(runId, messageKey(row))).toEqual(refuses ? undefined : row)
      })
    ))
}

const commitOf = (head: Head, changes: Partial<HeadCommit> = {}): HeadCommit => ({
  head,
  adopted: [],
  segments: [],
  steps: [],
  timers: [],
  clearTimers: [],
  notices: [],
  openIndexes: [],
  ...changes
})

const turns = ({ run }: StoreUnderTest<Services>, { refuses }: RefusalsContractOptions): void => {
  it("a row of a turn: its head does not stand", () =>
    run(
      Effect.gen(function* () {
        const commits = yield* Commits
        const table = yield* RunTable
        const runId = newRunId()
        const turn = { runId, rows: [startMessage(), largeRow()], done: [], head: commitOf(newHead()) }
        expect(yield* taken("RunTable.put", commits.commit(turn))).toBe(!refuses)
        expect(yield* table.readHead(runId)).toEqual(refuses ? undefined : newHead())
      })
    ))

  it("the head of a turn: the one before it stands, and can be parked", () =>
    run(
      Effect.gen(function* () {
        const commits = yield* Commits
        const table = yield* RunTable
        const runId = newRunId()
        yield* commits.commit({ runId, rows: [startMessage()], done: [], head: commitOf(newHead()) })
        const head = endedHead({ version: 2 })
        const turn = { runId, rows: [stepMessage("a#0")], done: [], head: commitOf(head) }
        expect(yield* taken("RunTable.commitHead", commits.commit(turn))).toBe(!refuses)
        expect(yield* table.readHead(runId)).toEqual(refuses ? newHead() : head)
        expect(yield* table.readMessage(runId, "step/a#0")).toEqual(stepMessage("a#0"))
        if (!refuses) return
        const reason = new WriteRefused({ message: "too large", operation: "RunTable.commitHead" })
        const parked = commitOf(parkedHead(newHead(), startMessage(), reason, 7))
        expect(yield* commits.commit({ runId, rows: [], done: [], head: parked })).toMatchObject({ _tag: "Committed" })
        expect((yield* table.readHead(runId))?.parked).toMatchObject({ _tag: "WriteRefused" })
      })
    ))

  it("a notice of a turn: its head stands, and the notice is handed back", () =>
    run(
      Effect.gen(function* () {
        const commits = yield* Commits
        const table = yield* RunTable
        const runId = newRunId()
        const [fine, odd] = [newRunId(), newRunId().padEnd(3_000, "r")]
        const notices = [odd, fine].map((runId) => ({ runId, message: startMessage() }))
        const head = newHead({ notices: true })
        const turn = { runId, rows: [startMessage()], done: [], head: commitOf(head, { notices }) }
        const result: CommitResult = yield* commits.commit(turn)
        const refusal = { notice: notices[0], refused: { _tag: "StoreRefused" } }
        expect(result).toMatchObject({ _tag: "Committed", conflicts: refuses ? [refusal] : [] })
        expect(yield* table.readHead(runId)).toEqual(head)
        expect(yield* table.readMessage(fine, "start")).toEqual(startMessage())
      })
    ))
}
