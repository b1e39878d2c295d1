import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import { beforeAll, describe, expect, it } from "vitest"
import type { Writes } from "../../src/actor/definitions/transactions/transaction.ts"
import { RunTable } from "../../src/store/runTable.ts"
import { isStored } from "../../src/store/transactions/putWith.ts"
import { epoch, newRunId, stepMessage } from "./samples.ts"
import { useStore } from "./useStore.ts"

/** A table of the user's, with a number by key. */
export interface UserTable {
  readonly make: () => Promise<void>
  /** Puts a number by a key that is not there. */
  readonly insert: (id: string, n: number) => Writes
  /** Adds to a number that is at least so much; both at once. */
  readonly move: (from: string, to: string, n: number) => Writes
  /** A key that no table takes. */
  readonly wrong: Writes
  /** Writes to a table that there is not. */
  readonly missing: Writes
  /** Those of the other store. */
  readonly foreign: Writes
  readonly conditionFailed: string
  readonly read: (id: string) => Promise<number | undefined>
}

/** What every run table keeps that has `putWith`: see `src/store/runTable.ts`. */
export const putWithContract = (name: string, layer: Layer.Layer<RunTable, unknown>, user: UserTable): void => {
  describe(`RunTable.putWith: ${name}`, () => {
    const { run } = useStore(layer)
    beforeAll(user.make)
    const put = (runId: string, message: ReturnType<typeof stepMessage>, writes: Writes) =>
      run(
        Effect.flatMap(RunTable, ({ putWith }) => {
          if (putWith === undefined) throw new Error("no putWith")
          return putWith(runId, message, writes)
        })
      )
    const row = (runId: string) => run(Effect.flatMap(RunTable, (table) => table.readMessage(runId, "step/a#0")))

    it("writes the row and what is to be written with it", async () => {
      const runId = newRunId()
      const message = stepMessage("a#0")
      expect(await put(runId, message, user.insert(runId, 5))).toEqual({ _tag: "Inserted" })
      expect(await row(runId)).toEqual(message)
      expect(await user.read(runId)).toBe(5)
      expect(isStored(message)).toBe(false)
    })

    it("writes nothing where there is a row of the key, and hands that one back", async () => {
      const runId = newRunId()
      await put(runId, stepMessage("a#0"), user.insert(runId, 5))
      const second = stepMessage("a#0", { at: epoch + 99, attempts: 2 })
      expect(await put(runId, second, user.insert(`${runId}/2`, 6))).toEqual({
        _tag: "Exists",
        message: stepMessage("a#0")
      })
      expect(await user.read(`${runId}/2`)).toBeUndefined()
      // What it would write is in the way as well, by its own first writing.
      expect(await put(runId, second, user.insert(runId, 5))).toMatchObject({ _tag: "Exists" })
    })

    it("writes nothing where a condition does not hold, and says which", async () => {
      const runId = newRunId()
      await put(runId, stepMessage("b#0"), user.insert(`${runId}/a`, 5))
      await put(runId, stepMessage("c#0"), user.insert(`${runId}/b`, 0))
      const tooMuch = await put(runId, stepMessage("a#0"), user.move(`${runId}/a`, `${runId}/b`, 6))
      expect(tooMuch).toMatchObject({
        _tag: "Cancelled",
        error: { reasons: [{ index: 0, code: user.conditionFailed }] }
      })
      expect(await row(runId)).toBeUndefined()
      expect([await user.read(`${runId}/a`), await user.read(`${runId}/b`)]).toEqual([5, 0])
      expect(await put(runId, stepMessage("a#0"), user.move(`${runId}/a`, `${runId}/b`, 3))).toEqual({
        _tag: "Inserted"
      })
      expect([await user.read(`${runId}/a`), await user.read(`${runId}/b`)]).toEqual([2, 3])
    })

    it("lets one of many win, with what it writes and nothing of the others", async () => {
      const runId = newRunId()
      await put(runId, stepMessage("b#0"), user.insert(`${runId}/a`, 100))
      await put(runId, stepMessage("c#0"), user.insert(`${runId}/b`, 0))
      const racers = await Promise.all(
        Array.from({ length: 8 }, async (_, racer) => {
          for (;;) {
            const writes = user.move(`${runId}/a`, `${runId}/b`, 1)
            const result = await put(runId, stepMessage("a#0", { attempts: racer + 1 }), writes)
            if (result._tag !== "Busy") return result
          }
        })
      )
      expect(racers.map(({ _tag }) => _tag).sort()).toEqual([...Array(7).fill("Exists"), "Inserted"])
      expect([await user.read(`${runId}/a`), await user.read(`${runId}/b`)]).toEqual([99, 1])
    })

    it("takes nothing that is not for it, and leaves nothing of it", async () => {
      const runId = newRunId()
      expect(await put(runId, stepMessage("a#0"), user.foreign)).toMatchObject({ _tag: "Unfit", isFinal: true })
      expect(await put(runId, stepMessage("a#0"), user.wrong)).toMatchObject({ _tag: "Unfit", isFinal: true })
      expect(await put(runId, stepMessage("a#0"), user.missing)).toMatchObject({ _tag: "Unfit", isFinal: false })
      expect(await row(runId)).toBeUndefined()
    })

    it("needs nothing to be written", async () => {
      const runId = newRunId()
      expect(await put(runId, stepMessage("a#0"), { items: [] })).toEqual({ _tag: "Inserted" })
      expect(await row(runId)).toEqual(stepMessage("a#0"))
    })
  })
}
