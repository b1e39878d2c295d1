import { compensateWith, defineStep, defineWorkflow } from "dynactor"
import { Context, Effect, Fiber, Layer, Option, Schedule, Schema } from "effect"

// #region schema
export const Item = Schema.Struct({ sku: Schema.String, count: Schema.Int })
export type Item = typeof Item.Type
export const Order = Schema.Struct({
  id: Schema.String,
  items: Schema.Array(Item),
  coupon: Schema.optionalKey(Schema.String)
})
// #endregion

// #region errors
export class OutOfStock extends Schema.TaggedError<OutOfStock>()("OutOfStock", { sku: Schema.String }) {}
// #endregion

// #region layers
export class Warehouse extends Context.Service<
  Warehouse,
  { readonly take: (item: Item) => Effect.Effect<string, OutOfStock> }
>()("shop/Warehouse") {}

export const warehouseOf = (stock: Readonly<Record<string, number>>) =>
  Layer.succeed(Warehouse, {
    take: ({ sku, count }) =>
      (stock[sku] ?? 0) >= count ? Effect.succeed(`${count} ${sku}`) : Effect.fail(new OutOfStock({ sku }))
  })

export const reserve = defineStep("reserve", {
  input: Item,
  output: Schema.String,
  error: OutOfStock,
  retry: { nonRetryable: ["OutOfStock"] },
  run: Effect.fn(function* (item: Item) {
    const warehouse = yield* Warehouse
    return yield* warehouse.take(item)
  })
})
// #endregion

export const release = defineStep("release", { input: Item, output: Schema.Void, run: () => Effect.void })
export const quote = defineStep("quote", { input: Schema.String, output: Schema.Int, run: () => Effect.succeed(500) })
export const lookUp = defineStep("lookUp", {
  input: Schema.String,
  output: Schema.OptionFromNullOr(Schema.Int),
  run: (coupon) => Effect.succeed(coupon === "TEN" ? Option.some(10) : Option.none())
})

// #region generators
export const hello = Effect.fn(function* (name: string) {
  const cents = yield* quote(name)
  return `${name}: ${cents}`
})
// #endregion

// #region catching
export const reserveOrSkip = (item: Item) =>
  reserve(item).pipe(Effect.catchTag("OutOfStock", ({ sku }) => Effect.succeed(`no ${sku}`)))
// #endregion

// #region many
export const reserveAll = (items: ReadonlyArray<Item>) => Effect.forEach(items, reserveOrSkip, { concurrency: 5 })

export const both = Effect.all({ land: quote("land"), sea: quote("sea") }, { concurrency: "unbounded" })
// #endregion

// #region racing
export const firstQuote = Effect.raceFirst(quote("fast"), Effect.as(Effect.sleep("1 hour"), 900))

export const inTime = quote("slow").pipe(Effect.timeoutOption("3 days"), Effect.map(Option.getOrElse(() => 1_000)))
// #endregion

// #region retrying
export const stubborn = (item: Item) =>
  reserve(item).pipe(Effect.retry({ schedule: Schedule.spaced("1 day"), times: 2 }), Effect.option)
// #endregion

// #region option
export const discount = Effect.fn(function* (coupon: string | undefined) {
  if (coupon === undefined) return 0
  const percent = yield* lookUp(coupon)
  return Option.getOrElse(percent, () => 0)
})
// #endregion

// #region fibers
export const meanwhile = Effect.fn(function* (items: ReadonlyArray<Item>) {
  const quoting = yield* Effect.forkChild(quote("meanwhile"))
  const reserved = yield* reserveAll(items)
  return { reserved, cents: yield* Fiber.join(quoting) }
})
// #endregion

// #region scopes
export const reserved = (item: Item) => reserve(item).pipe(compensateWith(() => release(item)))

export const withNote = <A, E, R>(work: Effect.Effect<A, E, R>) =>
  work.pipe(Effect.ensuring(Effect.log("the order has been dealt with")))
// #endregion

export const shop = defineWorkflow("shop", {
  input: Order,
  output: Schema.Struct({ lines: Schema.Array(Schema.String), cents: Schema.Int, off: Schema.Int }),
  error: OutOfStock,
  run: Effect.fn(function* (order) {
    const greeting = yield* hello(order.id)
    const { reserved: lines } = yield* meanwhile(order.items)
    const first = order.items[0]
    const more = first === undefined ? Option.none<string>() : yield* stubborn(first)
    if (first !== undefined) yield* withNote(reserved(first))
    const { land, sea } = yield* both
    const cents = land + sea + (yield* firstQuote) + (yield* inTime)
    const off = yield* discount(order.coupon)
    return { lines: [greeting, ...lines, ...Option.toArray(more)], cents, off }
  })
})
