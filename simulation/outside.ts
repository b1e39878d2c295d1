import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { addressOf, runIdOf } from "../src/actor/history/generation.ts"
import { isTerminal } from "../src/actor/history/head.ts"
import { readChannel } from "../src/actor/values/channel.ts"
import { Client, clientLayer } from "../src/client/client.ts"
import type { RunDescription } from "../src/client/describe.ts"
import { claimOfToken } from "../src/store/callbacks/callbackToken.ts"
import { RunTable } from "../src/store/runTable.ts"
import type { AskedCancels } from "./acts/askedCancels.ts"
import { actOf } from "./acts.ts"
import { checkLater, lookAtAll } from "./audit.ts"
import { checkAcknowledged } from "./clients/acknowledged.ts"
import { Copies } from "./clients/copies.ts"
import { decisionOf } from "./clients/decisions.ts"
import { Deletes } from "./clients/deletes.ts"
import { Judges } from "./clients/judges.ts"
import { Orders } from "./clients/orders.ts"
import { StartsAgain } from "./clients/startsAgain.ts"
import { Timetables } from "./clients/timetables.ts"
import { Tokens } from "./clients/tokens.ts"
import type { Wish } from "./clients/wish.ts"
import type { AskedDeletion } from "./deletions/deletionPlan.ts"
import type { CopyInvariants } from "./invariants/copies/copyInvariants.ts"
import type { Invariants } from "./invariants/invariants.ts"
import type { Knowledge } from "./invariants/order/knowledge.ts"
import type { StartInvariants } from "./invariants/starts/startInvariants.ts"
import type { OutboxInvariants } from "./invariants/written/outboxInvariants.ts"
import type { ActPlan, Burst, Decision, RunPlan } from "./plan.ts"
import type { PortsOf } from "./ports.ts"
import { forgetRun } from "./services/deletion/forgetRun.ts"
import type { SimulatedCallbacks } from "./services/simulatedCallbacks.ts"
import type { SimulatedOutput } from "./services/simulatedOutput.ts"
import type { SimulatedPayloads } from "./services/simulatedPayloads.ts"
import type { SimulatedReplies } from "./services/simulatedReplies.ts"
import type { SimulatedTable } from "./services/simulatedTable.ts"
import type { UserTransactions } from "./services/userTransactions.ts"
import type { CopyPlan } from "./workload/copyPlan.ts"
import type { handedOut } from "./workload/features/callbacks.ts"
import { tagsOf } from "./workload/features/tags.ts"
import { signals } from "./workload/interpret.ts"
import { rightModel } from "./workload/model.ts"
import { type SignalName, signalNames } from "./workload/programs.ts"
import type { TimetablePlan } from "./workload/timetables/timetablePlan.ts"
import { type Life, Machine } from "./world/machine.ts"
import type { World } from "./world/world.ts"

interface Services {
  readonly world: World
  readonly table: SimulatedTable
  readonly payloads: SimulatedPayloads
  readonly replies: SimulatedReplies
  readonly output: SimulatedOutput
  readonly callbacks: SimulatedCallbacks
  readonly starts: StartInvariants
  readonly outbox: OutboxInvariants
  readonly transactionsOf: (life: Life) => UserTransactions
  readonly copies: CopyInvariants
  readonly invariants: Invariants
}

/** The clients of a schedule: they start, signal, cancel and look, die and come back, and never give up. */
export class Outside {
  readonly world: World
  readonly table: SimulatedTable
  private readonly replies: SimulatedReplies
  private readonly output: SimulatedOutput
  readonly startsAgain: StartsAgain
  readonly judges: Judges
  readonly deletes: Deletes
  private readonly orders: Orders
  private readonly timetables: Timetables
  private readonly cancels: AskedCancels
  private readonly transactionsOf: Services["transactionsOf"]
  private readonly copies: Copies
  private readonly wishes: Array<Wish> = []
  private client: Client["Service"] | undefined
  readonly machine: Machine
  /** Signals and cancellations that were asked for, answered or not. */
  private readonly asked = new Set<string>()
  private readonly seen = new Map<string, RunDescription>()
  private sent = 0
  private readonly tokens: Tokens
  private readonly portsOf: PortsOf
  /** What the process of the clients does besides. */
  beside: ((life: Life) => void) | undefined
  private readonly knowledge: Knowledge

  constructor(services: Services, portsOf: PortsOf, onLog: Machine["onLog"], knowledge: Knowledge) {
    const { callbacks, copies, invariants, outbox, starts, table, world } = services
    this.knowledge = knowledge
    this.portsOf = portsOf
    this.transactionsOf = services.transactionsOf
    this.world = world
    this.table = table
    this.replies = services.replies
    this.output = services.output
    this.tokens = new Tokens({ callbacks, table, world })
    const acknowledge = (runId: string, key: string) => this.acknowledge(runId, key)
    this.startsAgain = new StartsAgain({ world, table, starts, copies, acknowledge })
    this.copies = new Copies({ world, table, copies, acknowledge, startsAgain: this.startsAgain, invariants })
    this.judges = new Judges({ table, payloads: services.payloads, startsAgain: this.startsAgain })
    this.deletes = new Deletes({ world, table, starts, copies })
    this.cancels = invariants.replays.cancels
    this.timetables = new Timetables({ world, table, cancels: this.cancels })
    const nothing = () => undefined
    table.observe({
      rowPut: nothing,
      headWritten: nothing,
      segmentPut: nothing,
      forgotten: (runId) => {
        knowledge.forget(runId)
        forgetRun(this.seen, runId)
      }
    })
    this.orders = new Orders({
      world,
      table,
      outbox,
      knowledge,
      judges: {
        sent: (runId, key) => this.judges.isNoOpenRun(runId, key),
        started: (runId, json) => (error) => error === "RunConflict" && this.judges.isOther(runId, "program", json)
      }
    })
    this.machine = new Machine(world, { name: "client", isFaulty: true, boot: (life) => this.boot(life), onLog })
  }

  get isDone(): boolean {
    return this.wishes.every(({ isDone }) => isDone)
  }

  /** What clients still wait for. */
  get open(): ReadonlyArray<string> {
    return this.wishes.filter(({ isDone }) => !isDone).map(({ what }) => what)
  }

  plan(runId: string, run: RunPlan): void {
    const { afterMs, beginsAfterMs } = run
    const begins = beginsAfterMs === undefined ? {} : { startAt: this.world.now + afterMs + beginsAfterMs }
    this.start(runId, run, afterMs, begins)
    // The same again, or another payload or workflow under the same id.
    if (run.isStartedTwice) this.start(runId, { ...run, value: run.value + (run.value % 2) }, afterMs + 300, begins)
    for (const again of [...(run.again ?? []), ...(run.debounced ?? [])])
      for (const act of this.startsAgain.actsOf(runId, run, again, `again-${this.sent++}`)) this.wish({ ...act, runId })
    for (const order of run.orders ?? [])
      for (const act of this.orders.actsOf(runId, run, order, this.sent++)) this.wish(act)
    for (const { name, afterMs } of run.signals) this.signal(runId, name, run.afterMs + afterMs)
    if (run.burst !== undefined) this.burst(runId, run.burst, run.afterMs + run.burst.afterMs)
    if (run.cancelAfterMs !== null) this.cancel(runId, run.afterMs + run.cancelAfterMs)
    for (const one of run.copies ?? []) this.copy(runId, run.afterMs, one)
    if (run.decision !== undefined) this.decide(runId, run.decision, run.afterMs)
    for (const one of run.acts ?? []) this.act(runId, { ...one, afterMs: run.afterMs + one.afterMs })
    for (const afterMs of [100, 2_000, 30_000]) this.look(runId, run.afterMs + afterMs)
  }

  timetable(plan: TimetablePlan, away: (forMs: number) => void): void {
    for (const act of this.timetables.actsOf(plan, away)) this.wish(act)
  }

  /** Whoever has paused a schedule may have done so once more than anybody was told of. */
  resume(): void {
    this.wish(this.timetables.resume(0))
  }

  private act(runId: string, { feature, afterMs, args }: ActPlan): void {
    const { output, replies, table, world } = this
    const isNoOpenRun = (key: string) => this.judges.isNoOpenRun(runId, key)
    const on = { runId, table, replies, output, world, isNoOpenRun, cancels: this.cancels }
    this.wish({ ...actOf(feature)(args, on), runId, isBounded: true, afterMs })
  }

  /** Signals that a run waits for, so that it goes on. */
  signalAll(address: string): void {
    const runId = runIdOf(address)
    for (const name of signalNames) this.signal(runId, name, 0)
    for (const channel of this.table.head(address)?.signals ?? []) {
      const { name, for: question = null } = readChannel(channel)
      const id = 1_000 + this.sent++
      if (name === "answered") this.act(runId, { feature: "answers", afterMs: 0, args: { do: "answer", question, id } })
    }
  }

  /** A step has handed a token out: whoever has it now does what he was told to. */
  askedBy(told: NonNullable<ReturnType<typeof handedOut>>): void {
    const { address: runId } = claimOfToken(told.token)
    for (const act of this.tokens.askedBy(told, this.machine.clock)) this.wish({ ...act, runId, isBounded: true })
  }

  start(
    runId: string,
    { program, value }: Pick<RunPlan, "program" | "value">,
    afterMs: number,
    begins: { readonly startAt?: number } = {}
  ): void {
    const input = { program: JSON.stringify(program), value }
    this.wish({
      what: `start ${runId}`,
      runId,
      afterMs,
      ask: (client) =>
        Effect.tap(client.start(rightModel.program, { runId, input, ...tagsOf(input.program), ...begins }), (handle) =>
          this.acknowledge(addressOf(runId, handle.generation), "start", input)
        ),
      judge: () => (error) => error === "RunConflict" && this.judges.isOther(runId, "program", JSON.stringify(input))
    })
  }

  startPoison(runId: string): void {
    this.wish({
      what: `start ${runId}`,
      runId,
      afterMs: 0,
      ask: (client) => client.start(rightModel.poison, { runId, input: null }),
      judge: () => (error) => error === "RunConflict" && this.judges.isOther(runId, "poison", "null")
    })
  }

  /** One after the other, each when the one before was accepted. */
  private burst(runId: string, { apartMs = 0, names: [name, ...rest] }: Omit<Burst, "afterMs">, afterMs: number): void {
    if (name !== undefined)
      this.signal(runId, name, afterMs, () => this.burst(runId, { names: rest, apartMs }, apartMs))
  }

  signal(runId: string, name: SignalName, afterMs: number, then?: () => void): void {
    const value = this.sent++
    const id = `id-${value}`
    const signal = signals.get(name) as NonNullable<ReturnType<typeof signals.get>>
    this.wish({
      what: `signal ${name} to ${runId}`,
      runId,
      afterMs,
      ask: (client) => this.accept(client.signal(runId, signal, value, { id }), runId, `signal/${name}/${id}`),
      judge: () => this.judges.isNoOpenRun(runId, `signal/${name}/${id}`),
      ...(then === undefined ? {} : { then })
    })
  }

  cancel(runId: string, afterMs: number): void {
    this.wish({
      what: `cancel ${runId}`,
      runId,
      afterMs,
      ask: (client) => this.accept(this.cancels.cancel(client, runId), runId, "cancel"),
      judge: () => this.judges.isNoOpenRun(runId, "cancel")
    })
  }

  private copy(runId: string, afterMs: number, copy: CopyPlan): void {
    const act = this.copies.actOf(runId, copy, `fork-${this.sent++}`)
    for (const laterMs of copy.isRepeated ? [0, 1_500] : [0])
      this.wish({ ...act, afterMs: afterMs + copy.afterMs + laterMs, judge: act.judge })
  }

  /** What is paused is resumed, or the schedule would never be through. */
  private decide(runId: string, decision: Decision, afterMs: number): void {
    const { key, ...act } = decisionOf(runId, decision.do, `id-${this.sent++}`)
    const then =
      decision.do === "pause" ? () => this.decide(runId, { do: "resume", afterMs: decision.forMs }, 0) : undefined
    this.wish({
      ...act,
      runId,
      ask: (client) => Effect.tap(act.ask(client), () => this.acknowledge(runId, key)),
      afterMs: afterMs + decision.afterMs,
      judge: () => this.judges.isNoOpenRun(runId, key),
      ...(then === undefined ? {} : { then })
    })
  }

  /** What goes on is refused, and asked for again. */
  delete({ again, ...asked }: Omit<AskedDeletion, "afterMs">, afterMs: number): void {
    const { apartMs, child, isOfFork, run } = asked
    this.world.later(afterMs, () => {
      const named = isOfFork === true ? this.copies.forkOf(`run-${run}`) : `run-${run}`
      const runId = named === undefined ? undefined : this.deletes.runOf(named, child)
      const more = () => (again > 0 ? this.delete({ ...asked, again: again - 1 }, apartMs) : undefined)
      if (runId === undefined) return more()
      this.wish({ ...this.deletes.actOf(runId, more), afterMs: 0 })
    })
  }

  /** Nobody else ends it: what it is a copy of was deleted before its first turn. */
  terminate(runId: string): void {
    this.decide(runId, { do: "terminate", afterMs: 0 }, 0)
  }

  private look(runId: string, afterMs: number): void {
    this.wish({
      what: `look at ${runId}`,
      runId,
      afterMs,
      ask: (client) =>
        Effect.suspend(() => {
          const before = this.seen.get(runId)
          return Effect.map(client.get(runId), (now) => {
            this.seen.set(runId, now)
            if (before !== undefined) checkLater(this.world, runId, before, now)
          })
        }),
      judge: () => this.judges.isNoRun(runId)
    })
  }

  private wish({
    afterMs,
    ...asked
  }: Pick<Wish, "what" | "ask" | "judge" | "then" | "runId" | "isBounded"> & { readonly afterMs: number }): void {
    const wish: Wish = { ...asked, at: this.world.now + afterMs, isDone: false, isAsked: false }
    this.wishes.push(wish)
    this.world.later(afterMs, () => this.machine.life?.deliver(() => this.go(wish)))
  }

  private boot(life: Life): void {
    const client = Effect.flatMap(this.portsOf(life), (ports) =>
      Effect.provideContext(
        Layer.build(clientLayer),
        Context.add(ports, RunTable, this.knowledge.noting(Context.get(ports, RunTable)))
      )
    )
    const built = Effect.runForkWith(life.context())(Effect.scoped(client))
    built.addObserver((exit) => {
      if (exit._tag !== "Success") throw new Error("the client cannot be made")
      this.beside?.(life)
      this.client = Context.get(exit.value, Client)
      this.context = life.context()
      this.orders.transactions = this.transactionsOf(life)
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
    const isRight = this.deletes.judge(wish)
    const asked = Effect.matchEffect(wish.ask(client), {
      onSuccess: () => Effect.sync(() => isRight(undefined)),
      onFailure: ({ _tag }) => {
        if (_tag === "StoreUnavailable") return Effect.as(Effect.sleep(500), false)
        if (!isRight(_tag)) throw this.world.violate("S1", `the answer to "${wish.what}" was ${_tag}, which is not so`)
        return Effect.succeed(true)
      }
    })
    Effect.runForkWith(this.context)(asked).addObserver((exit) => {
      wish.isAsked = false
      // A schedule reports its first violation only.
      if (exit._tag === "Failure") this.world.violate("world", `"${wish.what}" died: ${Cause.pretty(exit.cause)}`)
      else if (exit.value) {
        wish.isDone = true
        wish.then?.()
      } else this.go(wish)
    })
  }

  /** A message for a run that is there and has not ended by then; otherwise the sender is told. */
  private accept<E>(asked: Effect.Effect<void, E>, runId: string, key: string): Effect.Effect<void, E> {
    return Effect.suspend(() => {
      const head = this.judges.headOf(runId)
      // One that is to start once more is not.
      const wasOver = head !== undefined && isTerminal(head.status) && this.startsAgain.isToCome(runId) === false
      // Asked before, by a client that has died since: its row may be under way yet.
      const wasThere = this.table.rowOfRun(runId, key) !== undefined || this.asked.has(`${runId} ${key}`)
      this.asked.add(`${runId} ${key}`)
      return Effect.tap(asked, () => {
        if (wasOver && !wasThere && this.judges.headOf(runId) === head && this.startsAgain.isToCome(runId) === false)
          throw this.world.violate("S1", `${key} was accepted for ${runId}, which had ${head.status}`)
        if (this.table.row(runId, "start") === undefined)
          throw this.world.violate("S1", `${key} was accepted for ${runId}, which is no run`)
        if (wasThere || !wasOver) this.knowledge.noteTold(runId, key)
        return this.acknowledge(runId, key)
      })
    })
  }

  private acknowledge(runId: string, key: string, input?: { readonly value: number }): Effect.Effect<void> {
    return Effect.sync(() => checkAcknowledged(this, runId, key, input))
  }

  /** Once all is still. A parked run is tried again now and then, and its listing a second behind: looked at again, it is what it should be. */
  audit(looks = 3): void {
    const ask: Wish["ask"] = (client) =>
      Effect.flatMap(lookAtAll(this, client), (amiss) => {
        if (amiss === undefined) return this.startsAgain.ask(client)
        if (looks <= 1) throw this.world.violate("S13", amiss)
        this.audit(looks - 1)
        return Effect.void
      })
    this.wish({ what: "look at all", afterMs: 1_000, ask, judge: () => () => false })
  }
}
