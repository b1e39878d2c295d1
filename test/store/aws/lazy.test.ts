import { expect, it } from "vitest"
import { lazy } from "../../../src/store/aws/calls/lazy.ts"

it("what is loaded at its first use is loaded once, however many ask", async () => {
  let loads = 0
  const get = lazy(async () => ({ number: ++loads }))
  expect(loads).toBe(0)
  const [one, other] = await Promise.all([get(), get()])
  expect([one, other, await get()]).toEqual([{ number: 1 }, { number: 1 }, { number: 1 }])
  expect(other).toBe(one)
})

it("what could not be loaded is loaded at the next use", async () => {
  let loads = 0
  const get = lazy(async () => {
    if (++loads === 1) throw new Error("no such module yet")
    return loads
  })
  const [one, other] = await Promise.allSettled([get(), get()])
  expect([one.status, other.status, loads]).toEqual(["rejected", "rejected", 1])
  expect([await get(), await get()]).toEqual([2, 2])
})
