import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import { describe, expect, it } from "vitest"
import { nextAddress } from "../../src/actor/history/generation.ts"
import { checkFence, type Head } from "../../src/actor/history/head.ts"
import { Replies } from "../../src/store/beside/replies.ts"
import { type CommitResult, Commits, type HeadCommit } from "../../src/store/commits.ts"
import { RunTable } from "../../src/store/runTable.ts"
import { type Delivery, StepQueue } from "../../src/store/stepQueue.ts"
import type { Timers } from "../../src/store/timers.ts"
import { inline, newHead, newRunId, startMessage, stepMessage, stepRequest } from "./samples.ts"
import { eventually, type StoreUnderTest, useStore } from "./useStore.ts"

type Services = Commits | Replies | RunTable | StepQueue | Timers

/** What every store's commits keep: see `src/store/commits.ts`. */
export const commitsContract = (name: string, layer: Layer.Layer<Services, unknown>): void => {
  describe(`Commits: ${name}`, () => {
    const store = useStore(layer)
    rows(store)
    effects(store)
    races(store)
  })
}

const headCommit = (changes: Partial<HeadCommit> = {}): HeadCommit => ({
  head: newHead(),
  adopted: ["start"],
  segments: [],
  steps: [],
  timers: [],
  clearTimers: [],
  notices: [],
  openIndexes: [],
  ...changes
})

/** Everything that is on the queue for a run now or within the time given, completed. */
const drain = Effect.fnUntraced(function* (runId: string, waitMs: number) {
  const queue = yield* StepQueue
  const found: Array<Delivery> = []
  for (;;) {
    const received = yield* queue.receive({ limit: 10, waitMs, visibilityMs: 60_000 })
    yield* queue.complete(received)
    if (received.length === 0) return found as ReadonlyArray<Delivery>
    found.push(...received.filter(({ message }) => message.runId === runId))
  }
})

/** May its receiver act, by the head that is there? A null token was sent with its commit. */
const isValid = (head: Head | undefined, { message }: Delivery): boolean =>
  message.kind !== "wake" &&
  (message.token === null || checkFence(head, { index: message.index, token: message.token }) === "valid")

const receiveOne = (runId: string) =>
  eventually(
    `a message for ${runId}`,
    Effect.gen(function* () {
      const queue = yield* StepQueue
      const received = yield* queue.receive({ limit: 10, waitMs: 200, visibilityMs: 1_000 })
      return received.find(({ message }) => message.runId === runId)
    })
  )

const rows = ({ run }: StoreUnderTest<Services>): void => {
  it("puts rows alone, and is done with the deliveries they came of", () =>
    run(
      Effect.gen(function* () {
        const commits = yield* Commits
        const table = yield* RunTable
        const queue = yield* StepQueue
        const runId = newRunId()
        yield* queue.send([stepRequest(runId, "a#0")])
        const done = [yield* receiveOne(runId)]
        const row = stepMessage("a#0")
        const result = yield* commits.commit({ runId, rows: [row], done })
        expect(result).toEqual({ _tag: "Committed", head: undefined, conflicts: [] })
        expect(yield* table.readRun(runId)).toEqual({ head: undefined, segments: [], messages: [row] })
        expect(yield* drain(runId, 1_500)).toEqual([])
      })
    ))

  it("takes a row that says the same as no other", () =>
    run(
      Effect.gen(function* () {
        const commits = yield* Commits
        const table = yield* RunTable
        const runId = newRunId()
        const row = stepMessage("a#0")
        yield* table.put(runId, row)
        const again = { ...row, attempts: 3 }
        const result = yield* commits.commit({ runId, rows: [again], done: [], head: headCommit() })
        expect(result).toEqual({ _tag: "Committed", head: newHead(), conflicts: [] })
      })
    ))

  it("does nothing but put rows and complete deliveries if a row was there with other content", () =>
    run(
      Effect.gen(function* () {
        const commits = yield* Commits
        const table = yield* RunTable
        const queue = yield* StepQueue
        const runId = newRunId()
        const other = newRunId()
        const first = stepMessage("a#0")
        yield* table.put(runId, first)
        yield* queue.send([stepRequest(runId, "a#0")])
        const done = [yield* receiveOne(runId)]
        const second = stepMessage("a#0", { outcome: { tag: "failed", payload: inline("no") } })
        const fresh = stepMessage("b#0")
        const steps = [stepRequest(runId, "c#0")]
        const notices = [{ runId: other, message: startMessage() }]
        const result = yield* commits.commit({
          runId,
          rows: [second, fresh],
          done,
          head: headCommit({ steps, notices, openIndexes: [1] })
        })
        expect(result).toEqual({ _tag: "Superseded", existing: [first] })
        expect(yield* table.readHead(runId)).toBeUndefined()
        expect(yield* table.readMessage(other, "start")).toBeUndefined()
        const left = yield* drain(runId, 1_500)
        expect(left.filter((delivery) => isValid(undefined, delivery))).toEqual([])
        expect(left.filter(({ message }) => message.kind === "step" && message.key === "a#0")).toEqual([])
      })
    ))

  it("takes a row that was there with another time for another row: replay would go by that one", () =>
    run(
      Effect.gen(function* () {
        const commits = yield* Commits
        const table = yield* RunTable
        const runId = newRunId()
        const first = stepMessage("a#0")
        yield* table.put(runId, first)
        const again = yield* commits.commit({ runId, rows: [first], done: [], head: headCommit() })
        expect(again._tag).toBe("Committed")
        const later = { ...first, at: first.at + 1 }
        const result = yield* commits.commit({
          runId,
          rows: [later],
          done: [],
          head: headCommit({ head: newHead({ version: 2 }) })
        })
        expect(result).toEqual({ _tag: "Superseded", existing: [first] })
      })
    ))
}

const effects = ({ run }: StoreUnderTest<Services>): void => {
  it("does all of a turn: rows, head, segments, steps, timers and notices", () =>
    run(
      Effect.gen(function* () {
        const commits = yield* Commits
        const table = yield* RunTable
        const runId = newRunId()
        const child = newRunId()
        const due = (yield* Clock.currentTimeMillis) + 300
        const head = newHead({ notices: true })
        const result = yield* commits.commit({
          runId,
          rows: [startMessage()],
          done: [],
          head: headCommit({
            head,
            segments: [{ index: 0, keys: ["start"] }],
            steps: [stepRequest(runId, "a#0")],
            timers: [{ runId, key: "sleep#0", due, index: 1 }],
            clearTimers: [{ runId, key: "sleep#9", due }],
            notices: [{ runId: child, message: startMessage() }],
            openIndexes: [1]
          })
        })
        expect(result).toMatchObject({ _tag: "Committed", conflicts: [] })
        const stored = yield* table.readRun(runId)
        expect(stored).toEqual({ head: committed(result), segments: [["start"]], messages: [startMessage()] })
        expect({ ...stored.head, fences: [] }).toEqual(head)
        expect(yield* table.readMessage(child, "start")).toEqual(startMessage())
        const sent = yield* drain(runId, 2_000)
        expect(sent.map(({ message }) => message.kind).sort()).toEqual(["step", "timer"])
        expect(sent.every((delivery) => isValid(stored.head, delivery))).toBe(true)
        expect(yield* Clock.currentTimeMillis).toBeGreaterThanOrEqual(due)
      })
    ))

  it("keeps answers to updates with their run, whichever of its generations gives them", () =>
    run(
      Effect.gen(function* () {
        const commits = yield* Commits
        const replies = yield* Replies
        const runId = newRunId()
        const outcome = { tag: "succeeded", payload: inline(1) } as const
        for (const address of [runId, nextAddress(runId)]) {
          const answers = [{ name: "set", id: address, outcome }]
          yield* commits.commit({ runId: address, rows: [], done: [], head: headCommit({ replies: answers }) })
          expect(yield* replies.read(runId, "set", address)).toEqual(answers[0])
        }
      })
    ))

  it("tells a notice that met another row from one that met itself", () =>
    run(
      Effect.gen(function* () {
        const commits = yield* Commits
        const table = yield* RunTable
        const runId = newRunId()
        const [same, taken] = [newRunId(), newRunId()]
        const existing = startMessage({ workflow: "another" })
        yield* table.put(same, startMessage({ at: 1 }))
        yield* table.put(taken, existing)
        const notices = [same, taken].map((runId) => ({ runId, message: startMessage() }))
        const result = yield* commits.commit({ runId, rows: [], done: [], head: headCommit({ notices }) })
        expect(result).toMatchObject({ _tag: "Committed", conflicts: [{ notice: notices[1], existing }] })
        expect(yield* table.readMessage(taken, "start")).toEqual(existing)
      })
    ))

  it("leaves nothing behind of a commit on an old version but its rows", () =>
    run(
      Effect.gen(function* () {
        const commits = yield* Commits
        const table = yield* RunTable
        const queue = yield* StepQueue
        const [runId, other] = [newRunId(), newRunId()]
        const winner = yield* commits.commit({ runId, rows: [startMessage()], done: [], head: headCommit() })
        yield* queue.send([stepRequest(runId, "a#0")])
        const done = [yield* receiveOne(runId)]
        const result = yield* commits.commit({
          runId,
          rows: [stepMessage("a#0")],
          done,
          head: headCommit({
            head: newHead({ updatedAt: 1 }),
            steps: [stepRequest(runId, "b#0")],
            notices: [{ runId: other, message: startMessage() }],
            openIndexes: [1]
          })
        })
        expect(result).toEqual({ _tag: "Conflict", head: committed(winner) })
        expect(yield* table.readMessage(other, "start")).toBeUndefined()
        const head = yield* table.readHead(runId)
        const left = yield* drain(runId, 1_500)
        expect(left.filter((delivery) => isValid(head, delivery))).toEqual([])
        expect(left.filter(({ message }) => message.kind === "step" && message.key === "a#0")).toEqual([])
        // Rows are durable whatever became of the head. (A store with transactions may leave them to the next turn.)
        expect(yield* table.readMessage(runId, "step/a#0")).toEqual(stepMessage("a#0"))
      })
    ))
}

const committed = (result: CommitResult): Head => {
  if (result._tag !== "Committed" || result.head === undefined) throw new Error(`not committed: ${result._tag}`)
  return result.head
}

const isSilent = (round: number, place: number): boolean => round % 3 === 2 && place === 3

/** Of a racer's one command: above all that was adopted before, at most what it adopts itself. */
const indexOf = (before: number, place: number): number => before + 1 + (place === 2 ? 2 : 0)

const races = ({ run }: StoreUnderTest<Services>): void => {
  it("lets the messages of the winners be acted on, and of no one else (S3)", () =>
    run(
      Effect.gen(function* () {
        const commits = yield* Commits
        const table = yield* RunTable
        const runId = newRunId()
        const rounds = 6
        const valid: Array<string> = []
        // Of what the winners sent: none of it is answered, so all of it stays open.
        const open: Array<number> = []
        let head: Head | undefined
        for (let round = 1; round <= rounds; round++) {
          const racers = Array.from({ length: 4 }, (_, racer) => `${round}-${racer}`)
          const results = yield* Effect.forEach(
            racers,
            (racer, place) => {
              // Racers adopt differently much. In some rounds one has nothing to send, and so wins more often than not.
              const before = head?.adopted ?? 0
              const adopted = before + 1 + (place % 3)
              const fences = head?.fences ?? []
              const steps = isSilent(round, place)
                ? []
                : [stepRequest(runId, `a:${racer}`, { index: indexOf(before, place) })]
              const next = newHead({ version: round, adopted, fences, updatedAt: place })
              return commits.commit({
                runId,
                rows: [],
                done: [],
                head: headCommit({
                  head: next,
                  steps,
                  openIndexes: [...open, ...steps.map(({ index }) => index)]
                })
              })
            },
            { concurrency: "unbounded" }
          )
          const winners = racers.flatMap((_, place) => (results[place]?._tag === "Committed" ? [place] : []))
          expect(winners).toHaveLength(1)
          const [winner] = winners as [number]
          if (!isSilent(round, winner)) {
            valid.push(`a:${racers[winner]}`)
            open.push(indexOf(head?.adopted ?? 0, winner))
          }
          head = committed(results.find(({ _tag }) => _tag === "Committed") as CommitResult)
          expect(yield* table.readHead(runId)).toEqual(head)
        }
        const sent = yield* drain(runId, 1_000)
        const acted = sent.filter((delivery) => isValid(head, delivery))
        expect(acted.map(({ message }) => (message.kind === "step" ? message.key : message.kind)).sort()).toEqual(
          valid.sort()
        )
      })
    ))
}
