import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { describe, expect, it } from "vitest"
import { job } from "../limits/parts.ts"
import { freePort } from "../servers/processServer.ts"
import { startSecretsManager } from "../servers/secretsManager.ts"
import { testCallbackKeys } from "../servers/testAws.ts"
import { eventually, live } from "../streams/engine.ts"
import { temporaryFolder } from "../temporaryFolder.ts"
import { cli, cliJson } from "./commandLine.ts"
import { onEachTarget, type TestTarget } from "./eachTarget.ts"
import { formsOf, isAboutRuns, isOf, listedCommands, usesOf } from "./everyCommand.ts"
import { openShop, steps, workflows } from "./everyWorkflow.ts"

const entry = ["--entry", join(import.meta.dirname, "everyWorkflow.ts")]

const commandOf = (args: ReadonlyArray<string>) => {
  const found = listedCommands.find(({ name }) => name === args[0])
  if (found === undefined) throw new Error(`there is no command ${args[0]}`)
  return found
}

/** Types commands on a target, and keeps what it has typed. Each answers as its help says, and as the case says. */
const typist = ({ environment, flags }: TestTarget) => {
  const typed = new Set<string>()
  const noted = (args: ReadonlyArray<string>) => {
    const uses = usesOf(commandOf(args))
    typed.add(uses.find((use) => use === `${args[0]} ${args[1]}`) ?? uses[0] ?? "")
  }
  const heldToHelp = (args: ReadonlyArray<string>, json: unknown) => {
    const forms = formsOf(commandOf(args), args)
    if (forms.length === 0) return
    const is = forms.some((form) => isOf(form, json as object))
    expect.soft({ args, is, keys: is ? [] : Object.keys(json as object) }).toEqual({ args, is: true, keys: [] })
  }
  const json = (...args: ReadonlyArray<string>) => cliJson([...args, ...flags, ...entry], { environment })
  /** Ends well, with this. */
  const type = Effect.fnUntraced(function* (args: ReadonlyArray<string>, expected: unknown, to = flags) {
    const { code, error, out } = yield* cli([...args, ...to, ...entry, "--json"], { environment })
    expect({ args, code, error, out: code === 0 ? "" : out }).toEqual({ args, code: 0, error: "", out: "" })
    noted(args)
    const answers = /^\{[^\n]+\}\n/.test(out) ? out.trimEnd().split("\n") : [out]
    const read = answers.map((answer) => JSON.parse(answer))
    for (const answer of read) heldToHelp(args, answer)
    const last = read.at(-1)
    if (typeof expected === "object") expect({ args, json: last }).toMatchObject({ args, json: expected })
    else expect({ args, json: last }).toEqual({ args, json: expected })
    return last
  })
  /** The same, asked until it is so: what was told takes effect with the run's next turn. */
  const typeUntil = Effect.fnUntraced(function* (args: ReadonlyArray<string>, is: (json: any) => boolean) {
    yield* eventually(
      args.join(" "),
      Effect.map(json(...args), (told) => told.code === 0 && is(told.json)),
      60_000
    )
    return yield* type(args, expect.anything())
  })
  return { typed, type, typeUntil, noted, heldToHelp }
}

type Typist = ReturnType<typeof typist>

const many = (...runIds: ReadonlyArray<string>) => ({ runIds, done: runIds.length, failed: [] })

const startsAndLooks = Effect.fnUntraced(function* ({ type, typeUntil }: Typist) {
  yield* type(["start", "order", "--id", "o-1", "--input", '{"id":"a","amount":4}'], { runId: "o-1", isNew: true })
  yield* type(["wait", "o-1"], { outcome: "succeeded", result: 8 })
  yield* type(["get", "o-1"], { status: "succeeded" })
  yield* type(["start", "patient", "--id", "p-1", "--input", "3"], { isNew: true })
  yield* typeUntil(["get", "p-1"], ({ waitingFor }) => waitingFor.length > 0)
  yield* typeUntil(["list", "--workflow", "patient", "--status", "running"], ({ runs }) => runs.length === 1)
  yield* type(["history", "o-1"], { total: 2, status: "succeeded" })
  yield* type(["why", "p-1"], { causes: ["signal", "update"] })
  yield* type(["cost", "o-1"], { messages: 2 })
  yield* type(["check"], { runs: 1, fit: 1 })
  yield* type(["replay", "o-1"], { verdict: "fits", replayed: 2 })
  yield* type(["doctor"], { healthy: true })
})

const tells = Effect.fnUntraced(function* ({ type, typeUntil }: Typist) {
  yield* type(["update", "p-1", "raise", "--input", "4"], { output: 7 })
  yield* type(["start", "patient", "--id", "p-1b", "--input", "3", "--delay", "0 seconds"], { isNew: true })
  yield* type(["update", "raise", "--workflow", "patient", "--input", "1", "--dry-run"], { dryRun: true })
  yield* type(["update", "p-1", "p-1b", "raise", "--input", "0"], { done: 2 })
  yield* type(["state", "p-1", "progress"], { done: 7, of: 100 })
  yield* type(["pause", "p-1", "--reason", "looking at it"], many("p-1"))
  yield* typeUntil(["get", "p-1"], ({ status }) => status === "paused")
  yield* type(["resume", "p-1"], many("p-1"))
  yield* type(["signal", "p-1", "approved", "--payload", '{"by":"Ada"}', "--dry-run"], { runIds: ["p-1"] })
  yield* type(["signal", "p-1", "approved", "--payload", '{"by":"Ada"}'], many("p-1"))
  yield* type(["wait", "p-1"], { result: "by Ada" })
  yield* type(["stream", "p-1", "words"], { position: 2, value: "three" })
  for (const runId of ["p-2", "p-3"]) yield* type(["start", "patient", "--id", runId, "--input", "1"], { isNew: true })
  yield* type(["cancel", "p-2", "--dry-run"], { dryRun: true })
  yield* type(["cancel", "p-2"], many("p-2"))
  yield* type(["terminate", "p-3", "--reason", "enough"], many("p-3"))
  for (const runId of ["p-2", "p-3"])
    yield* typeUntil(["get", runId], ({ status }) => status === (runId === "p-2" ? "cancelled" : "terminated"))
})

const answersCallbacks = Effect.fnUntraced(function* ({ type, typeUntil }: Typist) {
  const asked = Effect.fnUntraced(function* (runId: string) {
    yield* type(["start", "asking", "--id", runId], { isNew: true })
    return (yield* typeUntil(["state", runId, "token"], () => true)) as string
  })
  const first = yield* asked("c-1")
  yield* type(["heartbeat", first], { outcome: "heard" })
  yield* type(["complete", first, "--payload", '{"number":7}', "--as", "receipt"], { outcome: "completed" })
  yield* type(["fail", yield* asked("c-2"), "--error", '"no budget"'], { outcome: "failed" })
  yield* type(["wait", "c-1"], { result: 7 })
})

const repairs = Effect.fnUntraced(function* ({ type, typeUntil }: Typist) {
  openShop(false)
  yield* type(["start", "gift", "--id", "r-1", "--input", '"book"'], { isNew: true })
  yield* typeUntil(["get", "r-1"], ({ status }) => status === "failed")
  openShop(true)
  yield* type(["retry", "r-1", "--dry-run"], { plans: [{ at: 2 }] })
  yield* type(["retry", "r-1", "--request-id", "again"], many("r-1"))
  yield* type(["wait", "r-1", "--request-id", "again"], { result: "book wrapped, delivered" })
  yield* type(["reset", "r-1", "--at", "1", "--dry-run"], { how: "reset", isNew: false })
  yield* type(["reset", "r-1", "--at", "1", "--request-id", "x", "--yes"], { how: "reset", isNew: true, generation: 2 })
  yield* type(["wait", "r-1", "--request-id", "x"], { outcome: "succeeded" })
  yield* type(["fork", "r-1", "--at", "2", "--id", "f-1"], { how: "fork", runId: "f-1", isNew: true })
  yield* type(["wait", "f-1"], { outcome: "succeeded" })
  const both = ["r-1", "f-1", "--at", "1", "--by-number"]
  yield* type(["reset", ...both, "--dry-run"], { plans: [{ at: 1 }, { at: 1 }] })
  yield* type(["reset", ...both, "--request-id", "y", "--yes"], { done: 2, requestId: "y" })
  for (const runId of ["r-1", "f-1"]) yield* type(["wait", runId, "--request-id", "y"], { outcome: "succeeded" })
  yield* type(["fork", ...both, "--id", "{run}-g", "--dry-run"], { plans: [{ runId: "r-1-g" }, { runId: "f-1-g" }] })
  yield* type(["fork", ...both, "--id", "{run}-g"], { done: 2, failed: [] })
  for (const runId of ["r-1-g", "f-1-g"]) yield* type(["wait", runId], { outcome: "succeeded" })
})

const schedules = Effect.fnUntraced(function* ({ type, typeUntil }: Typist) {
  const named = ["--workflow", "patient", "--input", "1", "--cron", "0 0 1 1 *", "--overlap", "allow"]
  yield* type(["schedules", "create", "yearly", ...named], { schedule: "yearly" })
  yield* typeUntil(["schedules", "get", "yearly"], ({ status }) => status === "active")
  yield* typeUntil(["schedules", "list"], ({ schedules }) => schedules.join() === "yearly")
  yield* type(["schedules", "pause", "yearly", "--note", "closed"], { schedule: "yearly" })
  yield* typeUntil(["schedules", "get", "yearly"], ({ status }) => status === "paused")
  yield* type(["schedules", "resume", "yearly"], { schedule: "yearly" })
  yield* type(["schedules", "trigger", "yearly", "--id", "a"], { runId: "yearly/now-a" })
  const range = ["--from", "2020-01-01T00:00:00Z", "--until", "2020-06-01T00:00:00Z"]
  yield* type(["schedules", "backfill", "yearly", ...range, "--overlap", "allow"], { schedule: "yearly" })
  yield* typeUntil(["schedules", "get", "yearly"], ({ started }) => started === 2)
  yield* type(["schedules", "remove", "yearly", "--yes"], { schedule: "yearly" })
  yield* typeUntil(["schedules", "get", "yearly"], ({ status }) => status === "removed")
})

const limits = Effect.fnUntraced(function* ({ type, typeUntil }: Typist) {
  yield* type(["start", "holding", "--id", "h-1", "--input", JSON.stringify(job("h-1"))], { isNew: true })
  yield* typeUntil(["limits", "get", "one/acct_1"], ({ held }) => held === 1)
  yield* typeUntil(["limits", "list", "--prefix", "one/"], ({ limits }) => limits.length === 1)
  yield* type(["signal", "h-1", "release"], many("h-1"))
  yield* type(["wait", "h-1"], { result: "h-1" })
})

const servesPages = Effect.fnUntraced(function* ({ environment, flags }: TestTarget, { heldToHelp, noted }: Typist) {
  const port = yield* Effect.promise(freePort)
  const args = ["dashboard", "--port", String(port)]
  const command = yield* Effect.forkChild(cli([...args, ...flags, ...entry], { environment }))
  const ask = Effect.promise(() =>
    fetch(`http://127.0.0.1:${port}/runs/o-1`).then(
      async (response) => (await response.json()) as { readonly status: string },
      () => undefined
    )
  )
  expect(yield* eventually("it answers", ask)).toMatchObject({ status: "succeeded" })
  yield* Fiber.interrupt(command)
  heldToHelp(args, { url: "" })
  noted(args)
})

const mendsAndMoves = Effect.fnUntraced(function* (
  { type, typeUntil }: Typist,
  target: TestTarget,
  other: ReadonlyArray<string>
) {
  yield* type(["sweep", "--quiet", "0s", "--dry-run"], { would: { parked: [] }, dryRun: true })
  yield* type(["sweep", "--quiet", "0s", "--look-through"], { woken: { parked: 0 } })
  const file = join(temporaryFolder("every-command"), "o-1.json")
  yield* type(["export", "o-1", "--output", file], { file, runId: "o-1", messages: 2 })
  yield* type(["import", file], { runId: "o-1", isNew: true }, other)
  yield* type(["delete", "o-1", "--dry-run"], { runIds: ["o-1"], dryRun: true })
  yield* type(["delete", "o-1"], many("o-1"))
  // What is over, and not what is not.
  yield* typeUntil(["purge", "--retention", "0s", "--dry-run"], ({ deleted }) => deleted > 0)
  yield* type(["purge", "--retention", "0s", "--yes"], { failed: 0, complete: true })
  yield* target.engine.close
  yield* type(["dead-letters", "list"], { letters: [] })
  yield* type(["dead-letters", "retry", "--dry-run"], { letters: [], dryRun: true })
  yield* type(["dead-letters", "retry", "--yes"], { retried: 0 })
  yield* type(["dead-letters", "steps"], { steps: [] })
})

onEachTarget("every command", (newTarget, kind) => {
  live(
    "is typed once, and answers as its help says",
    () =>
      Effect.gen(function* () {
        const secrets = yield* Effect.acquireRelease(Effect.promise(startSecretsManager), (server) =>
          Effect.promise(() => server.stop())
        )
        secrets.secrets.set("keys", JSON.stringify(testCallbackKeys))
        const made = yield* newTarget({ workflows, steps })
        const target: TestTarget =
          kind === "file"
            ? made
            : {
                ...made,
                flags: [...made.flags, "--callback-secret", "keys"],
                environment: { ...made.environment, AWS_ENDPOINT_URL_SECRETS_MANAGER: secrets.endpoint }
              }
        const other = yield* newTarget({ workflows: [] })
        const typing = typist(target)
        yield* startsAndLooks(typing)
        yield* tells(typing)
        yield* answersCallbacks(typing)
        yield* repairs(typing)
        yield* schedules(typing)
        yield* limits(typing)
        yield* servesPages(target, typing)
        yield* mendsAndMoves(typing, target, other.flags)
        const left = listedCommands
          .filter(isAboutRuns)
          .flatMap(usesOf)
          .filter((use) => !typing.typed.has(use))
        expect(left).toEqual([])
      }),
    240_000
  )
})

describe("every other command", () => {
  const files = readdirSync(import.meta.dirname).filter((name) => name.endsWith(".test.ts"))
  const tests = files.map((name) => readFileSync(join(import.meta.dirname, name), "utf8")).join("\n")

  it.each(listedCommands.filter((command) => !isAboutRuns(command)))(
    "$name is typed by a test of its own",
    ({ name }) => {
      expect(tests).toMatch(new RegExp(`(?:\\[|\\(|\\.\\.\\.binArgs, )"${name}"[,\\]]`))
    }
  )

  it.each(listedCommands)("$name says what it prints with --json", (command) => {
    expect(() => formsOf(command, [command.name])).not.toThrow()
  })
})
