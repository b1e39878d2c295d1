import { defineLimit } from "../../../../src/actor/calls/limits/defineLimit.ts"
import { limitOfPlace } from "../../../../src/actor/calls/limits/limitNames.ts"
import type { LimitSpec } from "../../../../src/actor/definitions/limits/limitUse.ts"
import type { Input } from "../../programs.ts"

/** Of steps. */
export const drawnLimits = {
  narrow: defineLimit("narrow", { concurrency: 1 }),
  pair: defineLimit("pair", { concurrency: 2 }),
  trio: defineLimit("trio", { concurrency: 3 }),
  paced: defineLimit("paced", { rate: "2/5 seconds" }),
  both: defineLimit("both", { concurrency: 2, rate: "3/8 seconds" })
}
export type DrawnLimit = keyof typeof drawnLimits

/** Of runs: of one key at once, and in a time. */
export const chairs = defineLimit("chairs", { concurrency: 2 })
export const entries = defineLimit("entries", { rate: "4/6 seconds" })

const all = new Map([...Object.values(drawnLimits), chairs, entries].map((one) => [one.limitName as string, one.spec]))

/** The numbers of `<limit>/<key>`. */
export const specOfPlace = (place: string): LimitSpec => {
  const spec = all.get(limitOfPlace(place))
  if (spec === undefined) throw new Error(`no limit of ${place}`)
  return spec
}

/** Each limit is of these. */
export const limitKeys = ["even", "odd"] as const

export const keyOfSite = ({ site }: Pick<Input, "site">): string => (site % 2 === 0 ? "even" : "odd")

/** Its key is that, and its rest by three tells the priority. */
export const siteOf = (key: "even" | "odd", priority: number): number => 6 + priority * 2 + (key === "even" ? 0 : 3)
