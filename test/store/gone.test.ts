import { expect, it } from "vitest"
import { goneByHead, runGone, timeText, wasDeleted } from "../../src/store/deletion/gone.ts"
import { epoch, newHead } from "./samples.ts"

it("an id that is taken for ever is told with the last moment that a date can hold", () => {
  const last = "+275760-09-13T00:00:00.000Z"
  for (const time of [8_640_000_000_000_000, 8_640_000_000_000_001, Number.MAX_SAFE_INTEGER, Number.POSITIVE_INFINITY])
    expect(timeText(time)).toBe(last)
  const error = runGone("r", { kind: "deleted", at: epoch, until: Number.MAX_SAFE_INTEGER, generation: 0 })
  expect(error).toMatchObject({ _tag: "RunNotFound", runId: "r", takenUntil: Number.MAX_SAFE_INTEGER })
  expect(error.message).toBe(
    `there is no run r any more: it was deleted at 2026-01-01T00:00:00.000Z, and its id is taken until ${last}`
  )
})

it("an id that is free again is told without a time, and a run that never was without a deletion", () => {
  for (const takenUntil of [0, epoch - 1, epoch])
    expect(wasDeleted({ deletedAt: epoch, takenUntil })).toBe("was deleted at 2026-01-01T00:00:00.000Z")
  expect(runGone("r").message).toBe("there is no run r")
  expect(runGone("r")).not.toHaveProperty("deletedAt")
})

it("what a head knows of a deletion is told where no tombstone is left, and less of it than a tombstone says", () => {
  const deleted = newHead({ status: "deleted", updatedAt: epoch + 5, deletion: { generation: 0, until: epoch + 9 } })
  expect(goneByHead(deleted)).toEqual({ deletedAt: epoch + 5, takenUntil: epoch + 9 })
  expect(goneByHead({ updatedAt: epoch })).toEqual({ deletedAt: epoch, takenUntil: epoch })
  const tombstone = { kind: "deleted", at: epoch, until: epoch + 60_000, generation: 0 } as const
  expect(runGone("r", tombstone, deleted)).toMatchObject({ deletedAt: epoch, takenUntil: epoch + 60_000 })
  expect(runGone("r", undefined, deleted)).toMatchObject({ deletedAt: epoch + 5, takenUntil: epoch + 9 })
})
