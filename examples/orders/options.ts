import { parseArgs } from "node:util"
import { Effect, Schema } from "effect"
import { readOrders } from "./people.ts"

export interface DemoOptions {
  readonly store: "sqlite" | "dynamodb"
  readonly orders: number
  readonly keep: boolean
}

export const usage = `Usage: npm run demo -- [options]

Fulfils the orders of examples/orders/orders.json, kills its own worker half-way, goes on with another, and checks the books.

  --store sqlite     one SQLite file; the default
  --store dynamodb   DynamoDB's, SQS's and S3's protocols, spoken by dynoxide and fauxqs on this machine
  --orders N         the first N orders only; by default all 300 on SQLite, 60 on the servers, which are slower
  --keep             leave the database and the ledger where they are
  --help             this text
`

export class WrongUsage extends Schema.TaggedError<WrongUsage>()("WrongUsage", { message: Schema.String }) {}

/** Undefined: the person asked for help. */
export const parseOptions = Effect.fnUntraced(function* (args: ReadonlyArray<string>) {
  const { store, orders, keep, help } = yield* parse(args)
  if (help) return undefined
  if (store !== "sqlite" && store !== "dynamodb") {
    return yield* new WrongUsage({ message: `--store is sqlite or dynamodb, not ${store}` })
  }
  const most = readOrders().length
  const count = orders === undefined ? defaultOrders[store] : Number(orders)
  if (!Number.isInteger(count) || count < fewest || count > most) {
    return yield* new WrongUsage({ message: `--orders is a number from ${fewest} to ${most}, not ${orders}` })
  }
  return { store, orders: count, keep } satisfies DemoOptions
})

const defaultOrders = { sqlite: 300, dynamodb: 60 }

/** With fewer, the kill may meet no order half done. */
const fewest = 30

const parse = (args: ReadonlyArray<string>) =>
  Effect.try({
    try: () =>
      parseArgs({
        args: [...args],
        options: {
          store: { type: "string", default: "sqlite" },
          orders: { type: "string" },
          keep: { type: "boolean", default: false },
          help: { type: "boolean", short: "h", default: false }
        }
      }).values,
    catch: (error) => new WrongUsage({ message: error instanceof Error ? error.message : String(error) })
  })
