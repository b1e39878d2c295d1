import * as Effect from "effect/Effect"
import { expect, it } from "vitest"
import type { Head } from "../../src/actor/history/head.ts"
import type { Message } from "../../src/actor/history/message.ts"
import { RunTable } from "../../src/store/runTable.ts"
import { type QueueMessage, StepQueue } from "../../src/store/stepQueue.ts"
import { deletedTurn } from "../../src/streams/turns/ended/deletedTurn.ts"
import type { DeletedRun } from "../../src/streams/turns/loadRun.ts"
import type { Work } from "../../src/streams/turns/work.ts"
import { newHead, stepMessage } from "../store/samples.ts"

/** Its next look is far off: whoever brings it forward has noted something. */
const deleted = newHead({
  status: "deleted",
  startedAt: 8_000_000_000_000,
  deletion: { generation: 0, until: 8_000_000_000_000 }
})

const turn = async (run: Partial<DeletedRun>, rows: ReadonlyArray<Message>) => {
  const [heads, sent]: [Array<Head>, Array<QueueMessage>] = [[], []]
  const table = {
    readHead: () => Effect.succeed(deleted),
    commitHead: (_: string, head: Head) => Effect.sync(() => void heads.push(head))
  } as unknown as RunTable["Service"]
  const queue = {
    send: (messages: ReadonlyArray<QueueMessage>) => Effect.sync(() => void sent.push(...messages)),
    complete: () => Effect.void
  } as unknown as StepQueue["Service"]
  const work: Work = { rows, done: [], doorbells: [], lookAtAll: false, mustCommit: true, comesAgain: true }
  const found = { _tag: "Deleted", generation: 0, isLate: false, isUndecided: false, ...run } as DeletedRun
  await Effect.runPromise(
    deletedTurn("r", found, work).pipe(Effect.provideService(RunTable, table), Effect.provideService(StepQueue, queue))
  )
  return { noted: heads.length, rows: work.rows, sent: sent.map(({ kind }) => kind) }
}

const nothing = { noted: 0, rows: [], sent: [] }

it("what comes for a run that was deleted is put nowhere, and noted for the next pass of a purge", async () => {
  expect(await turn({}, [])).toEqual(nothing)
  // It is there already.
  expect(await turn({ isLate: true }, [])).toEqual({ ...nothing, noted: 1 })
  // An outcome in hand, whose step may have left marks and objects behind.
  expect(await turn({}, [stepMessage("ship#0")])).toEqual({ ...nothing, noted: 1 })
})

it("of one that may go on yet nothing is noted, and somebody comes back to it", async () => {
  expect(await turn({ isUndecided: true, isLate: true }, [])).toEqual({ ...nothing, sent: ["wake"] })
})
