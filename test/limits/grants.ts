import * as Effect from "effect/Effect"
import { expect } from "vitest"
import { limiterRunId, placeName } from "../../src/actor/calls/limits/limitNames.ts"
import { placeGiven } from "../../src/actor/calls/limits/limitParts.ts"
import { limitWorkflow } from "../../src/actor/calls/limits/limitWorkflow.ts"
import { readTimeline } from "../../src/inspection/timeline/readTimeline.ts"

/** When a limiter has given its places, by the times that it went by: those of its history, and not of whoever was told of them some time later. */
export const grantsOf = (limit: string, key: string) =>
  Effect.map(readTimeline(limiterRunId(placeName(limit, key)), { workflows: [limitWorkflow] }), ({ commands }) =>
    commands
      .filter(({ kind, name }) => kind === "send" && name === placeGiven.name)
      .map(({ issuedAt }) => issuedAt as number)
      .sort((a, b) => a - b)
  )

/** Of any so many and one more in a row the last came a period behind the first. */
export const expectRate = (grants: ReadonlyArray<number>, count: number, periodMs: number): void => {
  for (const [index, at] of grants.entries()) {
    const before = grants[index - count]
    if (before !== undefined) expect(at - before).toBeGreaterThanOrEqual(periodMs)
  }
}
