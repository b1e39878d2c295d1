import { mkdtempSync, readdirSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { clientLayer } from "dynactor"
import { Cause, Clock, Effect, Exit, Fiber, Layer, Schema } from "effect"
import { makeClaims } from "./claims.ts"
import { type Evidence, type Kill, readRuns } from "./evidence.ts"
import { readLedger } from "./ledger.ts"
import { type DemoOptions, parseOptions, usage, WrongUsage } from "./options.ts"
import { type OrderCase, readOrders, servePeople, Tally } from "./people.ts"
import { ProgressLine } from "./progress.ts"
import { claimLines, outcomeTable, stepLines } from "./report.ts"
import { openStore } from "./servers.ts"
import { type StoreChoice, storeLayer } from "./stores.ts"
import { bold, dim, green, plural, red, seconds } from "./text.ts"
import { waterfall } from "./waterfall.ts"
import { startWorker } from "./workerProcess.ts"

// Orders come in and a worker fulfils them; in the middle of it the worker is killed, and another goes on. Then three sets of
// books are held against each other: what the customers were told, what the steps did, and what the runtime has stored.

class DemoFailed extends Schema.TaggedError<DemoFailed>()("DemoFailed", { message: Schema.String }) {}

/** Orders keep coming in for so long. */
const arrivalMs = 4_500

const timeLimit = "2 minutes"

const demo = Effect.fnUntraced(function* (options: DemoOptions, directory: string) {
  const begun = performance.now()
  const cases = readOrders().slice(0, options.orders)
  const store = yield* openStore(options.store, directory)
  const files = { ledger: join(directory, "ledger.jsonl"), log: join(directory, "workers.log") }
  yield* print([
    "",
    bold(`dynactor: ${plural(cases.length, "order")} through the workflow fulfilOrder`),
    "",
    `store   ${store.description}`,
    `ledger  ${files.ledger}, written by the steps themselves`,
    ...(options.keep ? [] : [dim("        (removed at the end, unless started with --keep)")]),
    ""
  ])
  const evidence = yield* Effect.provide(
    fulfil(cases, store.choice, files),
    Layer.provide(clientLayer, storeLayer(store.choice))
  )
  const claims = makeClaims(evidence)
  yield* print([
    "",
    ...outcomeTable(evidence),
    "",
    ...stepLines(evidence),
    "",
    ...waterfall(evidence),
    "",
    ...claimLines(claims),
    "",
    `${seconds(performance.now() - begun)} in all`
  ])
  return claims.every(({ counterexamples }) => counterexamples.length === 0)
}, Effect.scoped)

interface Files {
  readonly ledger: string
  readonly log: string
}

const fulfil = Effect.fnUntraced(
  function* (cases: ReadonlyArray<OrderCase>, store: StoreChoice, files: Files) {
    const tally = new Tally()
    const settings = { store, ledger: files.ledger }
    const first = yield* startWorker(settings, files.log)
    const progress = new ProgressLine(tally, cases.length)
    progress.note(`worker ${first.pid} is up, orders come in`)
    const drawing = yield* Effect.forkScoped(progress.run)
    const people = yield* Effect.forkScoped(servePeople(cases, tally, arrivalMs))
    const everyone = Fiber.join(people)

    yield* halfAnswered(tally, cases.length).pipe(Effect.raceFirst(everyone), Effect.raceFirst(first.watch))
    const at = yield* Clock.currentTimeMillis
    yield* first.kill
    const underWay = tally.placed.size - tally.answers.size
    progress.note(red(`worker ${first.pid} killed with SIGKILL, ${plural(underWay, "order")} under way`))
    const second = yield* startWorker(settings, files.log)
    const tookOverAt = yield* Clock.currentTimeMillis
    progress.note(green(`worker ${second.pid} took over after ${seconds(tookOverAt - at)}`))

    yield* Effect.raceFirst(everyone, second.watch)
    progress.note("every order has its outcome")
    yield* Fiber.interrupt(drawing)
    yield* second.stop
    const kill: Kill = { at, pid: first.pid, successor: second.pid }
    const runs = yield* readRuns(cases)
    return {
      store: store.kind,
      cases,
      answers: tally.answers,
      runs,
      ledger: readLedger(files.ledger),
      kill
    } satisfies Evidence
  },
  Effect.scoped,
  Effect.timeoutOrElse({
    duration: timeLimit,
    orElse: () => Effect.fail(new DemoFailed({ message: `orders without an outcome after ${timeLimit}` }))
  })
)

const halfAnswered = (tally: Tally, orders: number) =>
  Effect.repeat(Effect.sleep(10), { until: () => tally.answers.size >= orders / 2 })

const print = (lines: ReadonlyArray<string>) =>
  Effect.sync(() => process.stdout.write(`${lines.map((line) => (line === "" ? "" : `  ${line}`)).join("\n")}\n`))

/** In a directory of its own, which stays if it is wanted, or if there is something to find out. */
const runDemo = (options: DemoOptions) =>
  Effect.acquireUseRelease(
    Effect.sync(() => mkdtempSync(join(tmpdir(), "dynactor-demo-"))),
    (directory) => demo(options, directory),
    (directory, exit) => {
      const isFailed = Exit.isSuccess(exit) ? !exit.value : !Cause.hasInterruptsOnly(exit.cause)
      if (options.keep || (isFailed && readdirSync(directory).length > 0))
        return print([`the files are in ${directory}`])
      return Effect.sync(() => rmSync(directory, { recursive: true, force: true }))
    }
  )

const main = Effect.fnUntraced(function* (args: ReadonlyArray<string>) {
  const options = yield* parseOptions(args)
  if (options !== undefined) return yield* runDemo(options)
  process.stdout.write(usage)
  return true
})

/** What went wrong in a sentence, if it is one of the things that may. */
const complaint = (cause: Cause.Cause<unknown>): string => {
  if (Cause.hasInterruptsOnly(cause)) return "stopped"
  const error = Cause.squash(cause)
  if (error instanceof WrongUsage) return `${error.message}; see --help`
  return error instanceof Error && "_tag" in error ? error.message : Cause.pretty(cause)
}

const running = Effect.runFork(main(process.argv.slice(2)))
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => running.interruptUnsafe())
running.addObserver((exit) => {
  if (Exit.isFailure(exit)) process.stderr.write(`\n  ${red(complaint(exit.cause))}\n`)
  process.exitCode = Exit.isSuccess(exit) && exit.value ? 0 : 1
})
