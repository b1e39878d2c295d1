import { Client, defineSignal, defineStep, defineUpdate, defineWorkflow, updatesSettled } from "dynactor"
import { Effect, Schema } from "effect"

const Address = Schema.Struct({ street: Schema.String, town: Schema.String })
class AlreadyShipped extends Schema.TaggedError<AlreadyShipped>()("AlreadyShipped", { parcel: Schema.String }) {}
class NoSuchTown extends Schema.TaggedError<NoSuchTown>()("NoSuchTown", { town: Schema.String }) {}

/** What can be asked of a run: what goes in, what comes out, and the errors that may come instead. */
export const changeAddress = defineUpdate("changeAddress", {
  input: Address,
  output: Schema.Struct({ surcharge: Schema.Int }),
  error: Schema.Union([AlreadyShipped, NoSuchTown])
})

/** From the warehouse. */
export const packed = defineSignal("packed", Schema.Void)

export const quote = defineStep("quote", {
  input: Address,
  output: Schema.Int,
  error: NoSuchTown,
  retry: { nonRetryable: ["NoSuchTown"] },
  run: ({ town }) => (town === "" ? Effect.fail(new NoSuchTown({ town })) : Effect.succeed(town.length * 10))
})

export const ship = defineStep("ship", { input: Address, output: Schema.String, run: async ({ town }) => `to ${town}` })

export const deliver = defineWorkflow("deliver", {
  input: Address,
  output: Schema.String,
  run: Effect.fn(function* (ordered) {
    // What the body and its handlers know, they share through variables of the body.
    let address = ordered
    let parcel: string | undefined

    // First of all: what comes before there is a handler is refused.
    yield* changeAddress.handle(
      Effect.fn(function* (wanted) {
        const surcharge = yield* quote(wanted) // a step, as in any body; it may fail with NoSuchTown
        address = wanted
        return { surcharge }
      }),
      // Asked as the update comes. If it fails, that is the answer, and the handler does not begin.
      { validate: () => (parcel === undefined ? Effect.void : Effect.fail(new AlreadyShipped({ parcel }))) }
    )

    yield* packed.receive
    yield* updatesSettled // those that are under way may end
    parcel = yield* ship(address)
    return parcel
  })
})

/** From outside: waits for the answer. */
export const moveTo = Effect.fn(function* (runId: string, town: string) {
  const client = yield* Client
  const { surcharge } = yield* client.update(
    runId,
    changeAddress,
    { street: "Main Street 1", town },
    { id: `to-${town}` }
  )
  return surcharge
})
