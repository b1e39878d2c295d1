import { spawn } from "node:child_process"
import { fileURLToPath } from "node:url"
import { Client, clientLayer, type StepContext } from "dynactor"
import { hostLayer } from "dynactor/host"
import { sqliteStore } from "dynactor/sqlite"
import { Deferred, Effect, Layer, Schedule } from "effect"
import { describe, expect, it } from "vitest"
import { makeClaims } from "../../examples/orders/claims.ts"
import { type Order, totalCents } from "../../examples/orders/domain.ts"
import { type Evidence, readRuns, sumEffects } from "../../examples/orders/evidence.ts"
import { fulfilOrder, needsApproval } from "../../examples/orders/fulfilOrder.ts"
import { type Entry, Ledger } from "../../examples/orders/ledger.ts"
import { type OrderCase, readOrders, servePeople, Tally } from "../../examples/orders/people.ts"
import { Bank } from "../../examples/orders/services.ts"
import { simulation } from "../../examples/orders/simulation.ts"
import { steps } from "../../examples/orders/steps.ts"
import { dynoxide } from "../servers/dynoxide.ts"
import { describeWithServers } from "../servers/withServers.ts"

/** What an outcome leaves behind in the world outside. */
const traces: Readonly<Record<OrderCase["expect"], { readonly charged: boolean; readonly reserved: boolean }>> = {
  fulfilled: { charged: true, reserved: true },
  AddressUnknown: { charged: false, reserved: false },
  CardDeclined: { charged: false, reserved: false },
  OutOfStock: { charged: true, reserved: false },
  ApprovalDenied: { charged: true, reserved: true },
  ApprovalTimedOut: { charged: true, reserved: true },
  cancelled: { charged: true, reserved: true },
  Undeliverable: { charged: true, reserved: true }
}

const kinds = Object.keys(traces) as ReadonlyArray<OrderCase["expect"]>

const unitsOf = (order: Order): number => order.lines.reduce((units, { quantity }) => units + quantity, 0)

/** One of each kind, and of fulfilled orders small and large ones. */
const dozen = (): ReadonlyArray<OrderCase> => {
  const all = readOrders()
  const fulfilled = all.filter(({ expect }) => expect === "fulfilled")
  const large = fulfilled.filter(({ order }) => needsApproval(order))
  const others = kinds.filter((kind) => kind !== "fulfilled").map((kind) => all.find(({ expect }) => expect === kind))
  const small = fulfilled.filter(({ order }) => !needsApproval(order))
  return [...others.filter((found) => found !== undefined), ...small.slice(0, 3), ...large.slice(0, 2)]
}

const withShop = <A, E>(ledger: Array<Entry>, effect: Effect.Effect<A, E, Client>, world = simulation): Promise<A> => {
  const host = hostLayer({ workflows: [fulfilOrder], steps }).pipe(
    Layer.provide(world),
    Layer.provide(Ledger.memory(ledger))
  )
  const store = sqliteStore({ filename: ":memory:" })
  return Effect.runPromise(Effect.provide(effect, Layer.provideMerge(Layer.merge(clientLayer, host), store)))
}

const fulfil = (cases: ReadonlyArray<OrderCase>): Promise<Evidence> => {
  const ledger: Array<Entry> = []
  const tally = new Tally()
  const program = Effect.gen(function* () {
    yield* servePeople(cases, tally, 0)
    const runs = yield* readRuns(cases)
    const kill = { at: 0, pid: 0, successor: process.pid }
    return { store: "sqlite", cases, answers: tally.answers, ledger, runs, kill } satisfies Evidence
  })
  return withShop(ledger, program)
}

describe("the orders example", { concurrent: true }, () => {
  it("brings a dozen orders to the outcome of their kind, and undoes what a failed one has done", async () => {
    const cases = dozen()
    expect(cases).toHaveLength(12)
    const { answers, ledger } = await fulfil(cases)
    expect(Object.fromEntries([...answers].map(([id, { name }]) => [id, name]))).toEqual(
      Object.fromEntries(cases.map(({ expect, order }) => [order.id, expect]))
    )

    const [charged, refunded] = [sumEffects(ledger, "charged"), sumEffects(ledger, "refunded")]
    const [reserved, released] = [sumEffects(ledger, "reserved"), sumEffects(ledger, "released")]
    for (const { expect: kind, order } of cases) {
      const isUndone = kind !== "fulfilled"
      const cents = traces[kind].charged ? totalCents(order) : undefined
      const units = traces[kind].reserved ? unitsOf(order) : undefined
      expect(charged.get(order.id), `${kind}: charged`).toBe(cents)
      expect(refunded.get(order.id), `${kind}: refunded`).toBe(isUndone ? cents : undefined)
      expect(reserved.get(order.id), `${kind}: reserved`).toBe(units)
      expect(released.get(order.id), `${kind}: released`).toBe(isUndone ? units : undefined)
    }
  })

  it("undoes in reverse: stock before card", async () => {
    const undeliverable = readOrders().filter(({ expect }) => expect === "Undeliverable")
    const { ledger } = await fulfil(undeliverable.slice(0, 1))
    const effects = ledger.map(({ kind }) => kind).filter((kind) => kind !== "began" && kind !== "ended")
    expect(effects).toEqual(["charged", "reserved", "released", "refunded"])
  })

  it("refunds a card that is being charged when the order is cancelled", async () => {
    const ledger: Array<Entry> = []
    const order = readOrders().find(({ expect }) => expect === "fulfilled")?.order as Order
    // The bank takes its time: until the run has heard of the cancellation.
    const isCharging = Deferred.makeUnsafe<void>()
    const isHeard = Deferred.makeUnsafe<void>()
    const slowBank = Layer.effect(
      Bank,
      Effect.map(Bank, (bank) => ({
        ...bank,
        charge: (order: Order, call: StepContext) =>
          Deferred.succeed(isCharging, undefined).pipe(
            Effect.andThen(Deferred.await(isHeard)),
            Effect.andThen(bank.charge(order, call))
          )
      }))
    ).pipe(Layer.provideMerge(simulation))
    const program = Effect.gen(function* () {
      const client = yield* Client
      const hasHeard = Effect.map(client.history(order.id), (events) =>
        events.some(({ key, position }) => key === "cancel" && position !== undefined)
      )
      yield* client.start(fulfilOrder, { runId: order.id, input: order })
      yield* Deferred.await(isCharging)
      yield* client.cancel(order.id)
      yield* Effect.repeat(hasHeard, { until: (has) => has, schedule: Schedule.spaced(1) })
      yield* Deferred.succeed(isHeard, undefined)
      return yield* Effect.flip(client.wait(fulfilOrder, order.id))
    })
    expect(await withShop(ledger, program, slowBank)).toMatchObject({ _tag: "RunCancelled" })
    const effects = ledger.map(({ kind }) => kind).filter((kind) => kind !== "began" && kind !== "ended")
    expect(effects).toEqual(["charged", "refunded"])
  })

  it("tries a busy carrier again, as often as it takes", async () => {
    const { ledger } = await fulfil(
      readOrders()
        .slice(1, 25)
        .filter(({ expect }) => expect === "fulfilled")
        .slice(0, 8)
    )
    const results = ledger.flatMap((entry) =>
      "result" in entry && entry.step === "bookCarrier#0" ? [entry.result] : []
    )
    expect(results.filter((result) => result === "ok")).toHaveLength(8)
    expect(results).toContain("CarrierBusy")
  })
})

const runDemo = (args: ReadonlyArray<string>): Promise<{ readonly code: number | null; readonly output: string }> =>
  new Promise((resolve, reject) => {
    const script = fileURLToPath(new URL("../../examples/orders/demo.ts", import.meta.url))
    const child = spawn(process.execPath, ["--conditions=source", script, ...args], {
      stdio: ["ignore", "pipe", "pipe"]
    })
    let output = ""
    const keep = (chunk: Buffer) => {
      output += chunk.toString("utf8")
    }
    child.stdout.on("data", keep)
    child.stderr.on("data", keep)
    child.once("error", reject)
    child.once("close", (code) => resolve({ code, output }))
  })

/** The claims that do not hold, each by its first words. */
const brokenClaims = (evidence: Evidence) =>
  makeClaims(evidence).flatMap(({ text, counterexamples }) => (counterexamples.length > 0 ? [text] : []))

describe("the demo", { concurrent: true }, () => {
  it("claims what the books say, and nothing else", async () => {
    const evidence = await fulfil(dozen())
    const noKill = expect.stringMatching(/^0 orders begun by worker/)
    expect(brokenClaims(evidence)).toEqual([noKill])

    const { ledger, cases, answers } = evidence
    const refund = ledger.find(({ kind }) => kind === "refunded")
    const unrefunded = ledger.filter((entry) => entry !== refund)
    expect(brokenClaims({ ...evidence, ledger: unrefunded })).toContainEqual(expect.stringMatching(/EUR refunded/))
    const unreleased = ledger.filter(({ kind }) => kind !== "released")
    expect(brokenClaims({ ...evidence, ledger: unreleased })).toContainEqual(expect.stringMatching(/units reserved/))
    const upsideDown = ledger.toReversed()
    expect(brokenClaims({ ...evidence, ledger: upsideDown })).toContainEqual(expect.stringMatching(/undone in reverse/))
    const unseen = ledger.filter((entry) => !("step" in entry && entry.step === "chargeCard#0"))
    expect(brokenClaims({ ...evidence, ledger: unseen })).toContainEqual(expect.stringMatching(/one accepted outcome/))
    const again = [...ledger, ...ledger.filter(({ kind }) => kind === "began").slice(0, 1)]
    expect(brokenClaims({ ...evidence, ledger: again })).toContainEqual(expect.stringMatching(/^1 execution repeated/))

    const id = cases[0]?.order.id as string
    const other = new Map([...answers, [id, { name: "fulfilled", detail: "" }] as const])
    expect(brokenClaims({ ...evidence, answers: other })).toContainEqual(expect.stringMatching(/must have$/))
    const unanswered = new Map([...answers].filter(([of]) => of !== id))
    expect(brokenClaims({ ...evidence, answers: unanswered })).toContainEqual(
      expect.stringMatching(/exactly one outcome/)
    )
  })

  it("kills its worker half-way, finishes with another, and finds the books in order", {
    timeout: 120_000
  }, async () => {
    const { code, output } = await runDemo(["--orders", "60"])
    expect(output).toMatch(/worker \d+ killed with SIGKILL, \d+ orders? under way/)
    expect(output).toMatch(/worker \d+ took over after \d+\.\d s/)
    expect(output).toMatch(/✓ 60 orders placed, each with exactly one outcome/)
    expect(output).toMatch(/✓ \d+ orders? begun by worker \d+ and finished by worker \d+/)
    expect(output).toMatch(/steps executed +\d+/)
    expect(output).toMatch(/order-\d{4} in full: .*fulfilled in/)
    expect(output).not.toContain("✗")
    expect(code, output).toBe(0)
  })

  it("says what it can do, and what is wrong with what it was asked", async () => {
    const help = await runDemo(["--help"])
    expect(help.output).toContain("--store dynamodb")
    expect(help.code).toBe(0)
    const wrong = await runDemo(["--orders", "many"])
    expect(wrong.output).toContain("--orders is a number from")
    expect(wrong.code).toBe(1)
  })
})

describeWithServers("the demo on DynamoDB's protocol", [dynoxide], () => {
  it("does the same", { timeout: 120_000 }, async () => {
    const { code, output } = await runDemo(["--store", "dynamodb", "--orders", "30"])
    expect(output).toMatch(/store +DynamoDB by dynoxide/)
    expect(output).toMatch(/worker \d+ killed with SIGKILL/)
    expect(output).toMatch(/✓ 30 orders placed, each with exactly one outcome/)
    expect(output).not.toContain("✗")
    expect(code, output).toBe(0)
  })
})
