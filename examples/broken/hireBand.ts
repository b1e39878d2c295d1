import { compensateWith, defineStep, defineWorkflow } from "dynactor"
import { Effect, Schema } from "effect"

// Broken on purpose: the harness's report on it stands in docs/testing.md.

const Party = Schema.Struct({ place: Schema.String, guests: Schema.Int })
const Contract = Schema.Struct({ contract: Schema.String })

class NotFree extends Schema.TaggedError<NotFree>()("NotFree", { message: Schema.String }) {}

const hire = { input: Party, output: Contract, error: NotFree, retry: { nonRetryable: ["NotFree"] as const } }
const cancel = { input: Contract, output: Schema.Void, run: async () => {} }

const hireHall = defineStep("hireHall", { ...hire, run: async () => ({ contract: "hall" }) })
const hireSinger = defineStep("hireSinger", { ...hire, run: async () => ({ contract: "singer" }) })
const hireDrummer = defineStep("hireDrummer", { ...hire, run: async () => ({ contract: "drummer" }) })
const cancelHall = defineStep("cancelHall", cancel)
const cancelSinger = defineStep("cancelSinger", cancel)

/** Copied from the line above, and one word was left as it was: the hall's contract is cancelled in place of the singer's. */
export const hireBand = defineWorkflow("hireBand", {
  input: Party,
  output: Schema.Struct({ contracts: Schema.Array(Schema.String) }),
  error: NotFree,
  run: Effect.fn(function* (party: typeof Party.Type) {
    const hall = yield* hireHall(party).pipe(compensateWith((hall) => cancelHall(hall)))
    const singer = yield* hireSinger(party).pipe(compensateWith(() => cancelSinger(hall)))
    const drummer = yield* hireDrummer(party)
    return { contracts: [hall, singer, drummer].map(({ contract }) => contract) }
  })
})
