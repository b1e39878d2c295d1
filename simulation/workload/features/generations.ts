import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as fc from "fast-check"
import { continueAsNew } from "../../../src/actor/calls/continueAsNew.ts"
import { Run } from "../../../src/actor/definitions/run.ts"
import { defineSignal } from "../../../src/actor/definitions/signal.ts"
import type { Body, Feature } from "../feature.ts"

/** Programs that run again, as the next generation of their run. */
interface Args {
  /** So many of them continue. */
  readonly times: number
  /** Each of them takes a signal before, if one comes. */
  readonly listensMs: number | null
  readonly dropCompensations: boolean
  /** Whoever asks it to cancel: it continues. */
  readonly insists: boolean
}

const approved = defineSignal("approved", Schema.Number)

export const generations: Feature<Args> = {
  name: "generations",
  isAlone: true,
  args: fc.record({
    times: fc.constantFrom(1, 1, 2, 3),
    listensMs: fc.constantFrom(null, 5, 20_000, 20_000),
    dropCompensations: fc.nat(9).map((draw) => draw > 0),
    insists: fc.nat(3).map((draw) => draw === 0)
  }),
  call: (args, value, body) => {
    const continued = continues(args, value, body)
    return args.insists ? Effect.uninterruptible(continued) : continued
  }
}

const continues = Effect.fn(function* (
  { dropCompensations, listensMs, times }: Args,
  value: number,
  { program, trace }: Body
) {
  const { generation } = yield* Run
  // Child runs have programs of their own.
  if (program === undefined || generation >= times) return value
  if (listensMs !== null) {
    const listened = Effect.map(approved.receive, (heard) => {
      trace.received.push({ name: "approved", value: heard })
    })
    yield* Effect.timeoutOption(listened, listensMs)
  }
  return yield* continueAsNew({ program, value: value + 1 }, { dropCompensations })
})
