import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import {
  compensateWith,
  continueAsNew,
  defineCallback,
  defineSignal,
  defineState,
  defineStep,
  defineStream,
  defineUpdate,
  defineWorkflow,
  Run,
  waitForCallback
} from "../../src/index.ts"

// Workflows of which runs stand still in every way that the dashboard has to show.

export class CardDeclined extends Schema.TaggedError<CardDeclined>()("CardDeclined", {
  message: Schema.String,
  card: Schema.String
}) {}

const Item = Schema.Struct({ sku: Schema.String, quantity: Schema.Int })
const Order = Schema.Struct({
  id: Schema.String,
  customer: Schema.Struct({ name: Schema.String, email: Schema.String }),
  card: Schema.Redacted(Schema.String),
  speed: Schema.Literals(["standard", "express"]),
  items: Schema.Array(Item),
  note: Schema.optionalKey(Schema.String)
})

export const chargeCard = defineStep("chargeCard", {
  input: Schema.Struct({ order: Schema.String, cents: Schema.Int }),
  output: Schema.Struct({ receipt: Schema.String }),
  error: CardDeclined,
  retry: { attempts: 5, initial: "10 millis", nonRetryable: ["CardDeclined"] },
  run: ({ order, cents }, { attempt }) =>
    cents === 0
      ? Effect.fail(new CardDeclined({ message: `the card of order ${order} was declined`, card: "ending in 4242" }))
      : attempt < 3
        ? Effect.die(new Error("the bank does not answer", { cause: new Error("connect ETIMEDOUT bank.example:443") }))
        : Effect.succeed({ receipt: `${order}/${attempt}` })
})

export const refund = defineStep("refund", {
  input: Schema.Struct({ receipt: Schema.String }),
  output: Schema.Null,
  run: async () => null
})

export const reserve = defineStep("reserve", {
  input: Item,
  output: Schema.Struct({ parcel: Schema.String }),
  run: async ({ sku }) => ({ parcel: `parcel of ${sku}` })
})

export const approved = defineSignal("approved", Schema.Struct({ by: Schema.String }))
export const changeAddress = defineUpdate("changeAddress", {
  input: Schema.Struct({ street: Schema.String, town: Schema.String }),
  output: Schema.Struct({ surcharge: Schema.Int })
})

/** Charges, reserves side by side, waits for an approval, and sleeps a week. */
export const fulfilOrder = defineWorkflow("fulfilOrder", {
  input: Order,
  output: Schema.Struct({ parcels: Schema.Array(Schema.String) }),
  error: CardDeclined,
  run: Effect.fn(function* (order) {
    yield* changeAddress.handle(() => Effect.succeed({ surcharge: 0 }))
    const cents = order.items.reduce((sum, { quantity }) => sum + quantity * 100, 0)
    yield* chargeCard({ order: order.id, cents })
      .pipe(Effect.orDie, compensateWith(refund))
      .pipe(Effect.catchDefect((defect) => (defect instanceof CardDeclined ? Effect.fail(defect) : Effect.die(defect))))
    const parcels = yield* Effect.all(
      order.items.map((item) => reserve(item)),
      { concurrency: "unbounded" }
    ).pipe(Effect.orDie)
    yield* approved.receive
    yield* Effect.sleep("7 days")
    return { parcels: parcels.map(({ parcel }) => parcel) }
  })
})

export const askBank = defineStep("askBank", {
  input: Schema.String,
  output: Schema.Null,
  retry: { attempts: 10, initial: "1 hour", max: "1 day" },
  run: () => Effect.die(new Error("the bank is closed", { cause: new Error("503 Service Unavailable") }))
})

export const askToken = defineStep("askToken", {
  input: Schema.String,
  output: Schema.Null,
  run: async () => null
})

export const payment = defineCallback("payment", { payload: Schema.Struct({ cents: Schema.Int }), timeout: "3 days" })

/** Waits for a payment from outside. */
export const invoice = defineWorkflow("invoice", {
  input: Schema.String,
  output: Schema.Int,
  run: Effect.fn(function* (id) {
    const { cents } = yield* waitForCallback(payment, ({ token }) => askToken(`${id} ${token}`)).pipe(Effect.orDie)
    return cents
  })
})

/** Its step fails, and is tried again in an hour. */
export const transfer = defineWorkflow("transfer", {
  input: Schema.String,
  output: Schema.Null,
  run: (id) => Effect.orDie(askBank(id))
})

export const breakDown = defineStep("breakDown", {
  input: Schema.Null,
  output: Schema.Null,
  retry: { attempts: 1 },
  run: () =>
    Effect.die(
      new Error("the report cannot be written", {
        cause: new Error("no space left on device", { cause: new Error("ENOSPC: write") })
      })
    )
})

export const progress = defineState("progress", Schema.Struct({ done: Schema.Int, of: Schema.Int }))
export const words = defineStream("words", Schema.String)

export const writeChapter = defineStep("writeChapter", {
  input: Schema.Int,
  output: Schema.Struct({ text: Schema.String }),
  run: (number, { emit }) =>
    Effect.gen(function* () {
      const text = `It was chapter ${number} and nothing had happened yet.`
      for (const word of text.split(" ")) yield* emit(words, word)
      return { text: text.repeat(200) }
    })
})

const proofread = defineSignal("proofread", Schema.Null)

/** Publishes a state, emits words, keeps large values, and waits to be read. */
export const writeBook = defineWorkflow("writeBook", {
  input: Schema.Struct({ chapters: Schema.Int, fails: Schema.Boolean }),
  output: Schema.Null,
  run: Effect.fn(function* ({ chapters, fails }) {
    for (let done = 0; done < chapters; done++) {
      yield* progress.set({ done, of: chapters })
      yield* Effect.orDie(writeChapter(done + 1))
    }
    yield* progress.set({ done: chapters, of: chapters })
    yield* words.emit("The end.")
    if (fails) yield* Effect.orDie(breakDown(null))
    yield* proofread.receive
    return null
  })
})

/** One child runs on, one ends, one fails. */
export const child = defineWorkflow("child", {
  input: Schema.Literals(["waits", "ends", "fails"]),
  output: Schema.Null,
  run: (how) =>
    how === "ends"
      ? Effect.succeed(null)
      : how === "fails"
        ? Effect.die(new Error("this child fails"))
        : Effect.as(approved.receive, null)
})

export const parent = defineWorkflow("parent", {
  input: Schema.Null,
  output: Schema.Null,
  run: Effect.fn(function* () {
    const { runId } = yield* Run
    const kinds = ["ends", "fails", "waits"] as const
    const children = yield* Effect.forEach(kinds, (how) => child.start(how, { key: how, runId: `${runId}-${how}` }))
    yield* Effect.forEach(children, (one) => Effect.exit(one.await))
    return null
  })
})

export const tick = defineSignal("tick", Schema.Int)

/** Continues as new after three ticks. */
export const meter = defineWorkflow("meter", {
  input: Schema.Int,
  output: Schema.Int,
  run: Effect.fn(function* (sum: number) {
    let total = sum
    for (let seen = 0; seen < 3; seen++) total += yield* tick.receive
    return yield* continueAsNew(total satisfies number)
  })
})

/** Takes as many ticks as it is told. */
export const counter = defineWorkflow("counter", {
  input: Schema.Int,
  output: Schema.Int,
  run: Effect.fn(function* (count) {
    let total = 0
    for (let seen = 0; seen < count; seen++) total += yield* tick.receive
    return total
  })
})

export const weigh = defineStep("weigh", {
  input: Schema.Int,
  output: Schema.Struct({ grams: Schema.Int }),
  inline: true,
  run: async (number) => ({ grams: number * 7 })
})

/** A long history within seconds: so many quick steps, and then a wait. */
export const weighAll = defineWorkflow("weighAll", {
  input: Schema.Int,
  output: Schema.Null,
  run: Effect.fn(function* (count) {
    const numbers = Array.from({ length: count }, (_, number) => number)
    yield* Effect.orDie(Effect.forEach(numbers, (number) => weigh(number), { concurrency: 100, discard: true }))
    yield* approved.receive
    return null
  })
})

/** So many steps at once: one message leads to all of them. */
export const spread = defineWorkflow("spread", {
  input: Schema.Int,
  output: Schema.Null,
  run: Effect.fn(function* (count) {
    const numbers = Array.from({ length: count }, (_, number) => number)
    yield* Effect.orDie(Effect.forEach(numbers, (number) => weigh(number), { concurrency: "unbounded", discard: true }))
    return null
  })
})

export const oldStep = defineStep("oldStep", { input: Schema.Null, output: Schema.Null, run: async () => null })
export const newStep = defineStep("newStep", { input: Schema.Null, output: Schema.Null, run: async () => null })

const changing = (step: typeof oldStep | typeof newStep) =>
  defineWorkflow("changing", {
    input: Schema.Null,
    output: Schema.Null,
    run: Effect.fn(function* () {
      yield* Effect.orDie(step(null))
      yield* approved.receive
      return null
    })
  })

/** The code that the run has begun with, and that of today, which asks for another step. */
export const changingBefore = changing(oldStep)
export const changingNow = changing(newStep)

export const workflows = [fulfilOrder, invoice, transfer, writeBook, child, parent, meter, counter, weighAll, spread]
export const steps = [chargeCard, refund, reserve, askBank, askToken, breakDown, writeChapter, weigh, oldStep, newStep]
export const signals = [approved, tick, proofread]
export const updates = [changeAddress]
export const states = [progress]
export const streams = [words]
export const callbacks = [payment]
