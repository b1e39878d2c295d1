import {
  defineSignal,
  defineState,
  defineStep,
  defineStream,
  defineUpdate,
  defineWorkflow,
  waitForCallback
} from "dynactor"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"

// One workflow with a part of everything, for those who look at runs.

export const Card = Schema.Struct({ number: Schema.Redacted(Schema.String), owner: Schema.String })
export const Order = Schema.Struct({ item: Schema.String, card: Card })

export class Declined extends Schema.TaggedError<Declined>()("Declined", {
  message: Schema.String,
  card: Schema.Redacted(Schema.String)
}) {}

export const charge = defineStep("charge", {
  input: Card,
  output: Schema.Struct({ receipt: Schema.String, token: Schema.Redacted(Schema.String) }),
  error: Declined,
  run: async () => ({ receipt: "r-1", token: Redacted.make("tok-secret") })
})

/** Fails twice with a cause, and then succeeds. */
let failures = 0
export const flaky = defineStep("flaky", {
  input: Schema.String,
  output: Schema.String,
  retry: { attempts: 3, initial: "1 millis" },
  run: async (input) => {
    if (failures++ % 3 < 2) throw new Error("the depot is away", { cause: new Error("ECONNREFUSED") })
    return `packed ${input}`
  }
})

export const decline = defineStep("decline", {
  input: Schema.String,
  output: Schema.Void,
  error: Declined,
  retry: { attempts: 1 },
  run: () => Effect.fail(new Declined({ message: "no money", card: Redacted.make("card-secret") }))
})

export const approved = defineSignal(
  "approved",
  Schema.Struct({ by: Schema.String, pin: Schema.Redacted(Schema.String) })
)
export const progress = defineState("progress", Schema.String)
export const lines = defineStream("lines", Schema.String)
export const note = defineUpdate("note", { input: Schema.String, output: Schema.Number })

export const pack = defineWorkflow("pack", {
  input: Schema.String,
  output: Schema.String,
  run: (item) => flaky(item)
})

export const order = defineWorkflow("order", {
  input: Order,
  output: Schema.Struct({ receipt: Schema.String, parcel: Schema.String }),
  error: Declined,
  run: Effect.fn(function* ({ card, item }) {
    yield* note.handle((text) => Effect.succeed(text.length))
    yield* progress.set("charging")
    const { receipt } = yield* charge(card)
    yield* lines.emit("charged")
    const parcel = yield* pack.child(item)
    yield* Effect.sleep("20 millis")
    yield* approved.receive
    yield* progress.set("done")
    return { receipt, parcel }
  })
})

export const refusing = defineWorkflow("refusing", {
  input: Schema.String,
  output: Schema.Void,
  error: Declined,
  run: (input) => decline(input)
})

export const asking = defineWorkflow("asking", {
  input: Schema.String,
  output: Schema.Json,
  run: (input) => waitForCallback("answer", () => flaky(input), {})
})

export const workflows = [order, pack, refusing, asking]
export const steps = [charge, flaky, decline]
