/** `npm run units`: what runs cost in DynamoDB's own units, counted on the wire. `--help` explains itself. */

import { Client, clientLayer, continueAsNew, defineSignal, defineStep, defineWorkflow } from "dynactor"
import { awsStore, type CapacityUse } from "dynactor/aws"
import { hostLayer } from "dynactor/host"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { startServers } from "./bench/servers.ts"
import { fail, readOptions } from "./options.ts"
import { perCallback, perHeartbeat, questions } from "./units/callbacks.ts"
import { perDelete } from "./units/deletion.ts"
import { difference, type Units } from "./units/difference.ts"
import { heldTo } from "./units/heldTo.ts"
import { limited, limitFigures } from "./units/limits.ts"
import { perPage, perTag } from "./units/listing.ts"
import { allAtOnce, fewAtOnce, inChildRuns, many } from "./units/many.ts"
import { child, children, ended, otherRuns, sender, waiter } from "./units/otherRuns.ts"
import { answers, speak, speaks } from "./units/output.ts"
import { ask, asked, published, shown } from "./units/published.ts"
import { mending, repairFigures } from "./units/repairs.ts"
import { retried, retriedSteps } from "./units/retried.ts"
import { startFigures, starting } from "./units/starts.ts"

const help = `Usage: npm run units -- [--only <figure>,...]

Runs small workflows on dynoxide (DynamoDB's API on this machine) and counts ReturnConsumedCapacity of every call: the same
figures on every machine, and those that Amazon bills (on demand: writes $0.625, reads $0.125 a million, us-east-1).

  start         start row, first commit, listing entry: a run up to the point where it waits for its first signal
  queuedStep    one more sequential step, through the queue
  retriedStep   one more sequential step over the queue, of which one attempt fails
  inlineStep    one more sequential inline step
  parallel100   a run of 100 parallel steps, from start to the end; of the second one, as the first has turns that overlap by chance
  sleep         one durable sleep
  signal        one signal sent and received
  tag           one tag given at the start, of ten
  page          one page of a list by workflow and status, of nine runs: reads, and nothing written
  followed      one start of a run that had ended (afterFinish), which ends in its first turn
  replaced      one start by replace in the place of a run that waits for a signal, and waits itself
  debounced     one start by debounce in the place of another
  scheduled     one time of a schedule: the run that it starts, which ends in its first turn, included
  delete        one run deleted that had ended in its first turn
  pause         one pause and one resume of a run that waits for a signal
  terminate     one termination of such a run
  retry         one retry of a run that had failed by its only step, an inline one, up to its end by that step
  reset         one reset of such a run
  fork          one fork of such a run
  keptMessage   one more message that a retry keeps: an inline step, of 24
  generation    one signal sent and received, and continuing as new
  child         one child run that ends in its first turn, of 1,000 with fifty at a time: its own rows and its parent's
  sentSignal    one more signal that a body sends to a run that receives it, of several at once
  awaitedRun    one more run of somebody else's that a body waits for, and that has ended
  update        one update sent, handled and answered
  callback      one callback made, its token handed out by an inline step, and answered
  heartbeat     one heartbeat of whoever is to answer
  shownStep     one more queued step, and a small state set after it
  chunk         one more chunk of up to 1 KB that a step appends to an output stream
  emitted       one more value that a body emits with a commit that there is anyway
  manyFew       one item of forEachStep, of 1,000 in one run, twenty at a time
  manyAll       the same, all of them at once
  manySpread    one item of 2,000 in two child runs, two hundred at a time
  placeOfStep   one place of a limit's concurrency that a step asks for and gives back, beside the step
  ratedCall     one place of a limit's rate that a step asks for, beside the step
  placeOfRun    one place of a limit's concurrency that a run keeps to its end, beside the run
  growth        cost per step of steps 901-1,000 over that of steps 1-100, in one run of 1,000

A difference between two runs of different length gives the price of one more: (cost of 28 - cost of 4) / 24,
and of 12 sleeps, which take their time.
Refused conditional writes are billed and not reported by the API; without contention there are none.
Each is told as it is known; all of them take some minutes. Last line: the write units as JSON. Exits 1 if a figure is above what the design holds to.

--only has those alone counted, without growth.`

const { only } = readOptions(help, { only: { type: "string" } })
const wanted = only?.split(",")
// As the help says: it names each figure, and what is left of it is no figure of its own.
const named = [...help.matchAll(/^ {2}(\w+) {2,}/gm)].map(([, name = ""]) => name).filter((name) => name !== "growth")
const strange = wanted?.filter((name) => !named.includes(name)) ?? []
if (strange.length > 0)
  fail(`--only ${strange.join(",")}: there is no such figure. Those that there are: ${named.join(", ")}`)

const N = Schema.Struct({ n: Schema.Number })
const queued = defineStep("queued", { input: N, output: N, run: (input) => Effect.succeed(input) })
const inline = defineStep("inline", { input: N, output: N, inline: true, run: (input) => Effect.succeed(input) })
const marked = new Map<number, () => void>()
const go = defineSignal("go", Schema.Void)

const each = (name: string, one: (n: number) => Effect.Effect<unknown, never, any>) =>
  defineWorkflow(name, {
    input: N,
    output: Schema.Number,
    run: Effect.fnUntraced(function* ({ n }: { readonly n: number }) {
      yield* go.receive
      for (let i = 0; i < n; i++) {
        marked.get(i)?.()
        yield* one(i)
      }
      return n
    })
  })

const queuedSteps = each("queuedSteps", (n) => queued({ n }))
const inlineSteps = each("inlineSteps", (n) => inline({ n }))
// Longer than the queue is late by: short ones that are due by the time of another's row need none of their own.
const sleeps = each("sleeps", () => Effect.sleep("1100 millis"))
const signals = each("signals", () => go.receive)
/** So many generations with nothing in them. */
const generations = defineWorkflow("generations", {
  input: N,
  output: Schema.Number,
  run: Effect.fnUntraced(function* ({ n }: { readonly n: number }) {
    yield* go.receive
    if (n > 0) return yield* continueAsNew({ n: n - 1 })
    return 0
  })
})
const parallel = defineWorkflow("parallel", {
  input: N,
  output: Schema.Number,
  run: ({ n }) =>
    Effect.map(
      Effect.all(
        Array.from({ length: n }, (_, i) => queued({ n: i })),
        { concurrency: "unbounded" }
      ),
      (all) => all.length
    )
})

/** Units so far. Steps of the marked numbers take a reading as the workflow reaches them: that of the commit before. */
const used = { write: 0, read: 0 }
/** The place in the stream, kept every few seconds: a cost of the host and of time, not of runs. Shown on its own. */
const checkpoints = { write: 0, read: 0 }
const byOperation = new Map<string, number>()
const onCapacity = (use: CapacityUse): void => {
  const units = use.tableUnits + use.indexUnits
  const counted = use.operation.startsWith("ChangeFeed.") ? checkpoints : used
  counted[use.kind] += units
  const name = `${use.operation} (${use.kind})`
  byOperation.set(name, (byOperation.get(name) ?? 0) + units)
}

/** Everything in flight is through: the stream has been read, and nothing costs any more. */
const quiet = Effect.gen(function* () {
  let before = -1
  for (let same = 0; same < 5; ) {
    yield* Effect.sleep("120 millis")
    same = used.write === before ? same + 1 : 0
    before = used.write
  }
})

const spent = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    yield* quiet
    const before = { ...used }
    yield* effect
    yield* quiet
    return difference(used, before)
  })

const round = (value: number): number => Number(value.toFixed(3))

let runs = 0
const execute = (workflow: typeof queuedSteps, n: number, signalled: number) =>
  Effect.gen(function* () {
    const client = yield* Client
    const { runId } = yield* client.start(workflow, { runId: `run-${runs++}`, input: { n } })
    for (let i = 0; i < signalled; i++) {
      yield* quiet
      yield* client.signal(runId, go, undefined)
    }
    yield* client.wait(workflow, runId)
  })

const perOne = (workflow: typeof queuedSteps, signalsPerOne = 0, most = 28) =>
  Effect.gen(function* () {
    // The first run of a workflow writes its name down, for listing: not a cost of every run.
    yield* execute(workflow, 0, 1)
    const few = yield* spent(execute(workflow, 4, 1 + 4 * signalsPerOne))
    const many = yield* spent(execute(workflow, most, 1 + most * signalsPerOne))
    return difference(many, few, most - 4)
  })

const once = (workflow: typeof children, n: number) =>
  Effect.flatMap(Client, (client) => client.execute(workflow, { runId: `run-${runs++}`, input: { n } }))

const perChild = (n: number) =>
  Effect.gen(function* () {
    yield* once(children, 1)
    const nothing = yield* spent(once(children, 0))
    return difference(yield* spent(once(children, n)), nothing, n)
  })

const perRun = (workflow: typeof sender) =>
  Effect.gen(function* () {
    yield* once(workflow, 1)
    const few = yield* spent(once(workflow, 2))
    return difference(yield* spent(once(workflow, 22)), few, 20)
  })

const perUpdate = Effect.gen(function* () {
  const client = yield* Client
  const askAll = (n: number) =>
    Effect.gen(function* () {
      const { runId } = yield* client.start(asked, { runId: `run-${runs++}`, input: { n } })
      for (let i = 1; i <= n; i++) {
        yield* quiet
        yield* client.update(runId, ask, i)
      }
      yield* client.wait(asked, runId)
    })
  yield* askAll(1)
  const few = yield* spent(askAll(2))
  return difference(yield* spent(askAll(12)), few, 10)
})

const startOnly = Effect.gen(function* () {
  const client = yield* Client
  // Once per workflow its name is written down, for listing: not a cost of every start.
  yield* client.start(queuedSteps, { runId: `run-${runs++}`, input: { n: 0 } })
  return yield* spent(client.start(queuedSteps, { runId: `run-${runs++}`, input: { n: 0 } }))
})

const growth = Effect.gen(function* () {
  const at = new Map<number, Units>()
  for (const mark of [0, 100, 900, 999]) marked.set(mark, () => at.has(mark) || at.set(mark, { ...used }))
  const total = yield* spent(execute(queuedSteps, 1000, 1))
  marked.clear()
  const reading = (mark: number) => at.get(mark) ?? { write: Number.NaN, read: Number.NaN }
  const first = difference(reading(100), reading(0), 100)
  const last = difference(reading(999), reading(900), 99)
  return { total, first, last }
})

/** Of `forEachStep` over so many items, the run that asks for them included. */
const perItem = (workflow: typeof fewAtOnce, items: number) =>
  Effect.gen(function* () {
    const client = yield* Client
    const all = yield* spent(client.execute(workflow, { runId: `run-${runs++}`, input: { n: items } }))
    return difference(all, { write: 0, read: 0 }, items)
  })

/** Told as soon as it is known: all of them take minutes. Not a number: it was not asked for. */
const figure = <E, R>(name: string, measured: Effect.Effect<Units, E, R>) =>
  wanted?.includes(name) === false
    ? Effect.succeed({ write: Number.NaN, read: Number.NaN })
    : Effect.tap(measured, ({ read, write }) =>
        Effect.sync(() => process.stderr.write(`${name}: ${round(write)} written, ${round(read)} read\n`))
      )

const measure = Effect.gen(function* () {
  const client = yield* Client
  const start = yield* figure("start", startOnly)
  const tag = yield* figure("tag", perTag(queuedSteps, spent))
  const page = yield* figure("page", perPage(queuedSteps, spent))
  const queuedStep = yield* figure("queuedStep", perOne(queuedSteps))
  const retriedStep = yield* figure("retriedStep", perRun(retriedSteps))
  const inlineStep = yield* figure("inlineStep", perOne(inlineSteps))
  const hundred = Effect.suspend(() => client.execute(parallel, { runId: `run-${runs++}`, input: { n: 100 } }))
  // The first run also writes down the workflow's name, and in a cold host it is chance how many turns its outcomes take.
  const parallel100 = yield* figure("parallel100", Effect.andThen(hundred, spent(hundred)))
  const sleep = yield* figure("sleep", perOne(sleeps, 0, 12))
  const signal = yield* figure("signal", perOne(signals, 1))
  const starts = yield* startFigures(spent, figure)
  const deleted = yield* figure("delete", perDelete(spent))
  const generation = yield* figure("generation", perOne(generations, 1, 12))
  const ofChild = yield* figure("child", perChild(1_000))
  const sentSignal = yield* figure("sentSignal", perRun(sender))
  const chunk = yield* figure("chunk", perRun(speaks))
  const emitted = yield* figure(
    "emitted",
    Effect.gen(function* () {
      // The same run without a value; not measured yet if only this figure was asked for.
      const without = Number.isNaN(signal.write) ? yield* perOne(signals, 1) : signal
      return difference(yield* perOne(answers, 1), without)
    })
  )
  const over = Effect.forEach(Array.from({ length: 22 }), (_, n) =>
    client.execute(child, { runId: ended(n), input: { n } })
  )
  const awaitedRun = yield* figure("awaitedRun", Effect.andThen(over, perRun(waiter)))
  const update = yield* figure("update", perUpdate)
  const callback = yield* figure("callback", perCallback({ spent, quiet }))
  const heartbeat = yield* figure("heartbeat", perHeartbeat({ spent, quiet }))
  const shownStep = yield* figure("shownStep", perRun(shown))
  const repairs = yield* repairFigures(spent, figure)
  const places = yield* limitFigures(spent, figure)
  const manyFew = yield* figure("manyFew", perItem(fewAtOnce, 1_000))
  const manyAll = yield* figure("manyAll", perItem(allAtOnce, 1_000))
  const manySpread = yield* figure("manySpread", perItem(inChildRuns, 2_000))
  const long = wanted === undefined ? yield* growth : undefined
  const singles = {
    start,
    queuedStep,
    inlineStep,
    parallel100,
    sleep,
    signal,
    generation,
    ...starts,
    delete: deleted
  }
  const others = {
    tag,
    page,
    child: ofChild,
    sentSignal,
    awaitedRun,
    update,
    callback,
    heartbeat,
    shownStep,
    retriedStep,
    chunk,
    emitted
  }
  return { ...singles, ...others, ...repairs, ...places, manyFew, manyAll, manySpread, long }
})

const servers = await startServers("")
const live = Layer.provideMerge(
  Layer.provideMerge(
    clientLayer,
    hostLayer({
      workflows: [
        queuedSteps,
        inlineSteps,
        sleeps,
        signals,
        generations,
        parallel,
        speaks,
        answers,
        ...otherRuns,
        ...starting.workflows,
        ...published.workflows,
        ...retried.workflows,
        ...many.workflows,
        ...limited.workflows,
        ...mending.workflows,
        ...questions.workflows
      ],
      steps: [
        queued,
        inline,
        speak,
        ...published.steps,
        ...retried.steps,
        ...many.steps,
        ...limited.steps,
        ...mending.steps,
        ...questions.steps
      ],
      grace: "1 second"
    })
  ),
  awsStore({
    ...servers.options,
    callbackKeys: { id: "units", secret: "of a table that nobody keeps" },
    feedPollIntervalMs: 200,
    onCapacity
  })
)
const result = await Effect.runPromise(Effect.scoped(Effect.provide(measure, live)))
await servers.stop()

const { long, ...single } = result
const known = (all: Readonly<Record<string, Units>>) =>
  Object.entries(all).filter(([, { write }]) => !Number.isNaN(write))
const rows = {
  ...single,
  ...(long !== undefined && {
    "step 1-100 of 1,000": long.first,
    "step 901-1,000": long.last,
    "run of 1,000 steps": long.total
  }),
  "feed checkpoints, in all": checkpoints
}
console.table(
  Object.fromEntries(known(rows).map(([name, { write, read }]) => [name, { write: round(write), read: round(read) }]))
)

console.log("units by operation:", Object.fromEntries([...byOperation].map(([name, units]) => [name, round(units)])))

const figures: Record<string, number> = {
  ...Object.fromEntries(known(single).map(([name, { write }]) => [name, round(write)])),
  ...(long !== undefined && { growth: round(long.last.write / long.first.write) })
}
const missing = wanted?.filter((name) => figures[name] === undefined) ?? []
if (missing.length > 0) fail(`${missing.join(", ")}: in --help, and not counted`)
const over = Object.entries(heldTo).filter(
  ([name, limit]) => (wanted === undefined || wanted.includes(name)) && !((figures[name] ?? Number.NaN) <= limit)
)
for (const [name, limit] of over) console.error(`above the limit: ${name} ${figures[name]} > ${limit}`)
console.log(JSON.stringify(figures))
process.exit(over.length > 0 ? 1 : 0)
