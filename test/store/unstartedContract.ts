import * as Effect from "effect/Effect"
import { expect, it } from "vitest"
import type { Message } from "../../src/actor/history/message.ts"
import { RunTable, type UnstartedPage } from "../../src/store/runTable.ts"
import { bulkyJson, everyMessage, newHead, newRunId, signalMessage, startMessage, stepMessage } from "./samples.ts"
import type { StoreUnderTest } from "./useStore.ts"

/** Looking through a run table for runs that were started and have no head. */
export const unstartedContract = ({ run }: StoreUnderTest<RunTable>): void => {
  it("finds the runs that were started and have no head, whatever their ids look like, and no others", () =>
    run(
      Effect.gen(function* () {
        const table = yield* RunTable
        const base = newRunId()
        const unstarted = ["", "/", "/0", "/0/0", "#", " ", "ü🎈", "'", "/head", "/start"].map(
          (suffix) => `${base}${suffix}`
        )
        const begun = Array.from({ length: 10 }, () => newRunId())
        const notStarted = newRunId()
        for (const runId of [...unstarted, ...begun]) yield* table.put(runId, startMessage())
        for (const [place, runId] of begun.entries()) {
          // Rows around the head and the start, in the order of their keys.
          const rows = [stepMessage("a#0"), signalMessage("s", "1"), { kind: "cancel", at: 1, reason: null } as const]
          for (const row of rows.slice(0, place % 4)) yield* table.put(runId, row)
          if (place % 2 === 0) yield* table.putSegment(runId, 0, ["start"])
          yield* table.commitHead(runId, newHead())
        }
        yield* table.put(notStarted, signalMessage("s", "1"))
        yield* table.putSegment(newRunId(), 0, ["start"])
        const { found } = yield* lookThrough()
        const own = [...unstarted, ...begun, notStarted]
        expect(found.filter((runId) => own.includes(runId)).toSorted()).toEqual(unstarted.toSorted())
        expect(new Set(found).size).toBe(found.length)
        yield* Effect.forEach(unstarted, (runId) => table.commitHead(runId, newHead()))
        const again = yield* lookThrough()
        expect(again.found.filter((runId) => own.includes(runId))).toEqual([])
      })
    ))

  it("finds a run that has ended and was asked to start once more, or to go on from a message, where the store does not ring for it for ever", () =>
    run(
      Effect.gen(function* () {
        const table = yield* RunTable
        const restart = everyMessage.find(({ kind }) => kind === "restart") as Message
        const outcome = { tag: "succeeded", payload: { json: "1" } } as const
        const repair = everyMessage.find(({ kind }) => kind === "repair") as Message
        const [asked, retried, going, notAsked] = [newRunId(), newRunId(), newRunId(), newRunId()]
        for (const runId of [asked, retried, going, notAsked]) yield* table.put(runId, startMessage())
        for (const runId of [asked, going]) yield* table.put(runId, restart)
        yield* table.put(retried, repair)
        yield* table.commitHead(retried, newHead({ status: "failed", outcome: { ...outcome, tag: "failed" } }))
        yield* table.commitHead(asked, newHead({ status: "succeeded", outcome }))
        yield* table.commitHead(going, newHead())
        yield* table.commitHead(notAsked, newHead({ status: "succeeded", outcome }))
        const { found } = yield* lookThrough()
        // The doorbells of a file are rows, and are there until somebody has come.
        const isFile = table.lastSent !== undefined
        const those = found.filter((runId) => [asked, retried, going, notAsked].includes(runId))
        expect(those.toSorted()).toEqual(isFile ? [] : [asked, retried].toSorted())
      })
    ))

  it("goes page by page through what does not fit in one", () =>
    run(
      Effect.gen(function* () {
        const table = yield* RunTable
        // More runs than a page of the one store, more bytes than a page of the other.
        const ids = Array.from({ length: 260 }, () => newRunId())
        yield* Effect.forEach(ids, (runId) => table.put(runId, startMessage()), { concurrency: 16, discard: true })
        const begun = ids.slice(0, 5)
        yield* Effect.forEach(
          begun,
          (runId) =>
            Effect.andThen(
              table.put(runId, signalMessage("big", "1", { json: bulkyJson(300 * 1024) })),
              table.commitHead(runId, newHead())
            ),
          { discard: true }
        )
        const { found, pages } = yield* lookThrough()
        expect(pages).toBeGreaterThan(1)
        expect(found.filter((runId) => ids.includes(runId)).toSorted()).toEqual(ids.slice(5).toSorted())
      })
    ))
}

const lookThrough = Effect.fnUntraced(function* () {
  const table = yield* RunTable
  const found: Array<string> = []
  let pages = 0
  let cursor: string | undefined
  do {
    const page: UnstartedPage = yield* table.scanUnstarted(cursor)
    found.push(...page.runIds)
    pages++
    cursor = page.cursor
  } while (cursor !== undefined)
  return { found, pages }
})
