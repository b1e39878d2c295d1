import * as Schema from "effect/Schema"

/** What a run has cost so far, by its rows: what its services do beside (steps' own calls, retries of the network) is not known. */
export const RunCost = Schema.Struct({
  runId: Schema.String,
  /** Of all generations, their rows together. */
  generations: Schema.Number,
  messages: Schema.Number,
  commits: Schema.Number,
  /** DynamoDB's request units, as they are billed. */
  units: Schema.Struct({ write: Schema.Number, read: Schema.Number }),
  calls: Schema.Struct({
    /** Requests of SQS. */
    sqs: Schema.Number,
    /** One-off schedules. */
    schedules: Schema.Number,
    /** Objects put. */
    objects: Schema.Number,
    /** Invocations of functions, where it runs on Lambda. */
    invocations: Schema.Number
  }),
  /** US dollars in us-east-1, on demand. Of the rows with dollars of 0 nothing was used. */
  dollars: Schema.Struct({
    dynamodb: Schema.Number,
    sqs: Schema.Number,
    scheduler: Schema.Number,
    s3: Schema.Number,
    /** If it runs on Lambda; a plain process costs what it costs. */
    lambda: Schema.Number,
    /** A month of its rows, until somebody deletes them. Not in `total`. */
    storagePerMonth: Schema.Number,
    total: Schema.Number
  }),
  /** What is counted and what is assumed, in sentences. */
  basis: Schema.Array(Schema.String),
  /** Day of the price list, `YYYY-MM-DD`. */
  pricesOf: Schema.String
})
export interface RunCost extends Schema.Schema.Type<typeof RunCost> {}
