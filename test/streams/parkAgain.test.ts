import { it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import { describe, expect } from "vitest"
import { UnknownWorkflow } from "../../src/actor/errors.ts"
import { Commits, type TurnCommit } from "../../src/store/commits.ts"
import { parkedHead } from "../../src/streams/commits/parkedHead.ts"
import { park } from "../../src/streams/turns/parkRun.ts"
import type { TurnOptions, Work } from "../../src/streams/turns/work.ts"
import { startRow } from "./startRow.ts"

const start = startRow("w")
const reason = (message: string) => new UnknownWorkflow({ message, workflow: "w", known: [] })
const parked = parkedHead(undefined, start, reason("not here"), 1)

/** What is committed by a turn that finds the run parked, for this reason. */
const committed = (message: string, work: Partial<Work>) =>
  Effect.gen(function* () {
    const commits: Array<TurnCommit> = []
    const service = {
      commit: (commit: TurnCommit) =>
        Effect.sync(() => {
          commits.push(commit)
          return { _tag: "Committed", head: commit.head?.head, conflicts: [] }
        })
    } as unknown as Commits["Service"]
    const options = { warm: { evict: () => undefined }, services: Context.empty() } as unknown as TurnOptions
    const whole: Work = {
      rows: [],
      done: [],
      doorbells: [],
      lookAtAll: false,
      mustCommit: false,
      comesAgain: true,
      ...work
    }
    yield* Effect.provideService(park("r", parked, start, reason(message), whole, options), Commits, service)
    return commits.map(({ head }) => head?.head)
  })

// A turn of other code that was under way since before the message ends the parking without having seen it, unless this one
// comes in between.
describe("a run that is parked, and would be parked again for the same reason", () => {
  it.effect("answers a doorbell with a version of its own", () =>
    Effect.gen(function* () {
      const heads = yield* committed("not here", { doorbells: ["signal/approved/1"], mustCommit: true })
      expect(heads).toMatchObject([{ version: parked.version + 1, status: "parked" }])
    })
  )

  it.effect("answers a wake-up without a key so: doorbells may have been spent for it", () =>
    Effect.gen(function* () {
      const heads = yield* committed("not here", { lookAtAll: true, mustCommit: true })
      expect(heads).toMatchObject([{ version: parked.version + 1, status: "parked" }])
    })
  )

  it.effect("answers a row in hand so, too", () =>
    Effect.gen(function* () {
      const heads = yield* committed("not here", { rows: [{ kind: "cancel", at: 2, reason: null }] })
      expect(heads).toMatchObject([{ version: parked.version + 1, status: "parked" }])
    })
  )

  it.effect("is left as it is when somebody only looks, and says another reason", () =>
    Effect.gen(function* () {
      expect(yield* committed("not here", { lookAtAll: true })).toEqual([])
      expect(yield* committed("gone", { lookAtAll: true })).toMatchObject([{ parked: { message: "gone" } }])
    })
  )
})
