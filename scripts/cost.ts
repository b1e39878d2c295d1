/** `npm run cost`: what runs cost on AWS, and elsewhere on AWS. `--help` explains itself. */

import { parseArgs } from "node:util"
import { assumptions } from "../src/inspection/cost/measures.ts"
import { lookedUp, type Price, prices } from "../src/inspection/cost/prices.ts"
import { type Bill, billsOf, idleDollarsPerMonth, storageDollarsPerMonth, total, type Work } from "./cost/model.ts"

const defaults: Work = {
  runs: 1_000_000,
  steps: 5,
  parallel: 0,
  inline: 0,
  sleeps: 0,
  longSleeps: 0,
  signals: 0,
  largePayloads: 0,
  stepMs: 50,
  memoryMb: 1024,
  batch: 1,
  systemLogs: 0,
  metrics: 0
}

const help = `Usage: npm run cost -- [options]

What so many runs cost in us-east-1, by service, next to the same work on Step Functions (standard workflows) and on Lambda
durable functions. On-demand prices, without free tiers and discounts; each with its source in src/inspection/cost/prices.ts.

  --runs N            runs (default ${defaults.runs}; 1e6 is fine)
  --steps N           of each run: queued steps, one after the other (default ${defaults.steps})
  --parallel N        queued steps side by side (default 0)
  --inline N          inline steps (default 0)
  --sleeps N          durable sleeps of up to 15 minutes (default 0)
  --long-sleeps N     longer ones, by EventBridge Scheduler (default 0)
  --signals N         signals (default 0)
  --large-payloads N  values above 256 KiB, in S3 (default 0)
  --step-ms N         what a step takes for itself (default ${defaults.stepMs})
  --memory-mb N       memory of the functions (default ${defaults.memoryMb})
  --batch N           messages in one invocation: 1 where there is little traffic, up to 10 (default ${defaults.batch})
  --system-logs N     1: Lambda's START, END and REPORT of each invocation are kept, here and elsewhere (default ${defaults.systemLogs}: \`systemLogLevel\` is WARN)
  --metrics N         1: what runs do is counted in CloudWatch (\`metrics: "embedded"\`), for up to two dozen metrics of $0.30 a month beside (default ${defaults.metrics})
  --prices            the prices, with their sources
  --help              this text

Request units are those that \`npm run units\` counts on the wire. What is assumed, because nobody has measured it in an account
yet, is printed with the result. Last line: the result as JSON.`

const kebab = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)

const names = Object.keys(defaults) as ReadonlyArray<keyof Work>

const fail = (message: string): never => {
  console.error(`${message}\n\n${help}`)
  process.exit(2)
}

const parse = () => {
  const numbers = Object.fromEntries(names.map((name) => [kebab(name), { type: "string" as const }]))
  const flags = { help: { type: "boolean", default: false }, prices: { type: "boolean", default: false } } as const
  try {
    return parseArgs({ options: { ...numbers, ...flags } }).values as Record<string, string | boolean | undefined>
  } catch (error) {
    return fail(error instanceof Error ? error.message : String(error))
  }
}

const options = parse()

const numberOf = (name: keyof Work): number => {
  const given = options[kebab(name)]
  if (given === undefined) return defaults[name]
  const value = Number(given)
  const least = name === "batch" || name === "memoryMb" ? 1 : 0
  return value >= least && Number.isFinite(value)
    ? value
    : fail(`--${kebab(name)} is a number from ${least}, not ${given}`)
}

const dollars = (amount: number): string => amount.toFixed(2)

/** Parts that come to nothing, too: what a run might use and does not is seen. */
const shown = (bill: Bill) =>
  Object.fromEntries(
    [...Object.entries(bill), ["total", total(bill)] as const].map(([part, amount]) => [part, dollars(amount)])
  )

const rounded = (bill: Bill) =>
  Object.fromEntries(
    Object.entries({ ...bill, total: total(bill) }).map(([part, amount]) => [part, Number(amount.toFixed(4))])
  )

if (options.help === true) {
  console.log(help)
  process.exit(0)
}
if (options.prices === true) {
  for (const [name, price] of Object.entries(prices) as Array<[string, Price]>) {
    const { dollars, per, source, readAt, written } = price
    const read =
      readAt === undefined ? "not confirmed" : `read at ${readAt}${written === undefined ? "" : ` of ${written}`}`
    console.log(`${name}: $${Number(dollars.toPrecision(6))} per ${per}\n  ${source}, ${read}`)
  }
  console.log(`Looked up on ${lookedUp}.`)
  process.exit(0)
}

const work = Object.fromEntries(names.map((name) => [name, numberOf(name)])) as unknown as Work
const bills = billsOf(work)

console.log(`Dollars for ${work.runs.toLocaleString("en")} runs, us-east-1, prices of ${lookedUp}:`)
console.table({
  dynactor: shown(bills.dynactor),
  "dynactor, all steps inline": shown(bills.dynactorInline),
  "Step Functions (standard)": shown(bills.stepFunctions),
  "Lambda durable functions": shown(bills.durableFunctions)
})
console.log(`Kept in the table: $${dollars(storageDollarsPerMonth(work))} a month, until somebody deletes them.`)
console.log(
  `A deployment with no runs at all: $${dollars(idleDollarsPerMonth(work))} a month, and its alarms and dashboard.`
)
console.log("Assumed:", assumptions)
console.log(
  "Not in it: point-in-time recovery, which is on by default and goes by what the table holds, what is kept in S3, what steps " +
    "do elsewhere, HTTP APIs, data transfer, retries and races, which cost what they repeat."
)
console.log(
  JSON.stringify({
    work,
    dynactor: rounded(bills.dynactor),
    dynactorInline: rounded(bills.dynactorInline),
    stepFunctions: rounded(bills.stepFunctions),
    durableFunctions: rounded(bills.durableFunctions),
    storagePerMonth: Number(storageDollarsPerMonth(work).toFixed(4)),
    idlePerMonth: Number(idleDollarsPerMonth(work).toFixed(4))
  })
)
