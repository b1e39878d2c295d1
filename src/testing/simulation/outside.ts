import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { Client, clientLayer } from "../../client/client.ts"
import type { RunDescription } from "../../client/describe.ts"
import { Payloads } from "../../store/payloads.ts"
import { RunTable } from "../../store/runTable.ts"
import { signals } from "./interpret.ts"
import { type Life, Machine } from "./machine.ts"
import { rightModel } from "./model.ts"
import type { RunPlan } from "./plan.ts"
import type { SignalName } from "./programs.ts"
import type { SimulatedPayloads } from "./simulatedPayloads.ts"
import type { SimulatedTable } from "./simulatedTable.ts"
import type { World } from "./world.ts"

/** Something that a client wants done. It is asked again, with the same ids, until there is an answer. */
interface Wish {
  readonly at: number
  readonly what: string
  readonly ask: (client: Client["Service"]) => Effect.Effect<unknown, { readonly _tag: string }>
  isDone: boolean
  /** Asked by the machine's present life. */
  isAsked: boolean
}

/** The clients of a schedule: they start, signal, cancel and look, die and come back, and never give up. */
export class Outside {
  private readonly world: World
  private readonly table: SimulatedTable
  private readonly payloads: SimulatedPayloads
  private readonly wishes: Array<Wish> = []
  private client: Client["Service"] | undefined
  readonly machine: Machine
  /** Start rows that were acknowledged. */
  readonly accepted = new Set<string>()
  private readonly seen = new Map<string, RunDescription>()
  private sent = 0

  constructor(world: World, table: SimulatedTable, payloads: SimulatedPayloads, onLog: Machine["onLog"]) {
    this.world = world
    this.table = table
    this.payloads = payloads
    this.machine = new Machine(world, { name: "client", isFaulty: true, boot: (life) => this.boot(life), onLog })
  }

  get isDone(): boolean {
    return this.wishes.every(({ isDone }) => isDone)
  }

  plan(runId: string, run: RunPlan): void {
    this.start(runId, run, run.afterMs)
    if (run.isStartedTwice) this.start(runId, run, run.afterMs + 300)
    for (const { name, afterMs } of run.signals) this.signal(runId, name, run.afterMs + afterMs)
    if (run.cancelAfterMs !== null) this.cancel(runId, run.afterMs + run.cancelAfterMs)
    for (const afterMs of [100, 2_000, 30_000]) this.look(runId, run.afterMs + afterMs)
  }

  start(runId: string, { program, value }: Pick<RunPlan, "program" | "value">, afterMs: number): void {
    const input = { program: JSON.stringify(program), value }
    this.wish(`start ${runId}`, afterMs, (client) =>
      Effect.tap(client.start(rightModel.program, { runId, input }), () => this.acknowledge(runId, "start"))
    )
  }

  startPoison(runId: string): void {
    this.wish(`start ${runId}`, 0, (client) => client.start(rightModel.poison, { runId, input: null }))
  }

  signal(runId: string, name: SignalName, afterMs: number): void {
    const id = `id-${this.sent++}`
    const signal = signals.get(name) as NonNullable<ReturnType<typeof signals.get>>
    this.wish(`signal ${name} to ${runId}`, afterMs, (client) =>
      Effect.tap(client.signal(runId, signal, this.sent, { id }), () => this.acknowledge(runId, `signal/${name}/${id}`))
    )
  }

  cancel(runId: string, afterMs: number): void {
    this.wish(`cancel ${runId}`, afterMs, (client) =>
      Effect.tap(client.cancel(runId, { reason: "asked to" }), () => this.acknowledge(runId, "cancel"))
    )
  }

  private look(runId: string, afterMs: number): void {
    this.wish(`look at ${runId}`, afterMs, (client) =>
      Effect.suspend(() => {
        const before = this.seen.get(runId)
        return Effect.tap(client.get(runId), (now) => this.compare(runId, before, now))
      })
    )
  }

  private wish(what: string, afterMs: number, ask: Wish["ask"]): void {
    const wish: Wish = { at: this.world.now + afterMs, what, ask, isDone: false, isAsked: false }
    this.wishes.push(wish)
    this.world.later(afterMs, () => this.machine.life?.deliver(() => this.go(wish)))
  }

  private boot(life: Life): void {
    const context = life
      .context()
      .pipe(Context.add(RunTable, this.table.service(life)), Context.add(Payloads, this.payloads.service(life)))
    const built = Effect.runForkWith(context)(Effect.scoped(Layer.build(clientLayer)))
    built.addObserver((exit) => {
      if (exit._tag !== "Success") throw new Error("the client cannot be made")
      this.client = Context.get(exit.value, Client)
      this.context = life.context()
      for (const wish of this.wishes) {
        wish.isAsked = false
        if (wish.at <= this.world.now) this.go(wish)
      }
    })
  }

  private context: Context.Context<never> = Context.empty()

  private go(wish: Wish): void {
    const { client } = this
    if (client === undefined || wish.isDone || wish.isAsked) return
    wish.isAsked = true
    this.world.note("client", () => wish.what)
    const asked = Effect.matchEffect(wish.ask(client), {
      onSuccess: () => Effect.succeed(true),
      onFailure: (error) =>
        error._tag === "StoreUnavailable" ? Effect.as(Effect.sleep(500), false) : Effect.succeed(true)
    })
    Effect.runForkWith(this.context)(asked).addObserver((exit) => {
      wish.isAsked = false
      if (exit._tag === "Failure") this.failed.push(exit.cause)
      else if (exit.value) wish.isDone = true
      else this.go(wish)
    })
  }

  readonly failed: Array<unknown> = []

  /** S1: what was acknowledged is in the inbox. */
  private acknowledge(runId: string, key: string): Effect.Effect<void> {
    return Effect.sync(() => {
      this.accepted.add(`${runId} ${key}`)
      if (this.table.row(runId, key) === undefined) {
        throw this.world.violate("S1", `${key} of ${runId} was acknowledged, and is not in the inbox`)
      }
    })
  }

  /** S17: an answer is never behind one that was there before it was asked for. */
  private compare(runId: string, before: RunDescription | undefined, now: RunDescription): Effect.Effect<void> {
    return Effect.sync(() => {
      this.seen.set(runId, now)
      if (before === undefined) return
      const isBack = now.messages < before.messages || (before.outcome !== undefined && now.outcome !== before.outcome)
      if (isBack) throw this.world.violate("S17", `${runId} was ${before.status}, and is now ${now.status}`)
    })
  }
}
