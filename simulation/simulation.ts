import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type { StepContext } from "../src/actor/definitions/definition.ts"
import { type Head, isTerminal } from "../src/actor/history/head.ts"
import { type Message, messageKey } from "../src/actor/history/message.ts"
import { hostRetention } from "./deletions/deletionPlan.ts"
import { Processes } from "./fleet/processes.ts"
import type { Ground, GroundKind, Ports } from "./ground/ground.ts"
import { CallbackInvariants } from "./invariants/callbackInvariants.ts"
import { CopyInvariants } from "./invariants/copies/copyInvariants.ts"
import type { DeletionInvariants } from "./invariants/deletion/deletionInvariants.ts"
import { watchDeletions } from "./invariants/deletion/watchDeletions.ts"
import { Executions } from "./invariants/executions.ts"
import { GenerationInvariants } from "./invariants/generationInvariants.ts"
import { Invariants } from "./invariants/invariants.ts"
import { knownRuns } from "./invariants/knownRuns.ts"
import { LimitInvariants } from "./invariants/limits/limitInvariants.ts"
import { Knowledge } from "./invariants/order/knowledge.ts"
import { OrderInvariants } from "./invariants/order/orderInvariants.ts"
import { OutputInvariants } from "./invariants/outputInvariants.ts"
import { StartInvariants } from "./invariants/starts/startInvariants.ts"
import { StepInvariants } from "./invariants/stepInvariants.ts"
import { watchTimetable } from "./invariants/timetables/watchTimetable.ts"
import { WakeInvariants } from "./invariants/wakeInvariants.ts"
import { OutboxInvariants } from "./invariants/written/outboxInvariants.ts"
import { TransactionInvariants } from "./invariants/written/transactionInvariants.ts"
import { Outside } from "./outside.ts"
import { changesCode, isLossy, type Plan } from "./plan.ts"
import { type PortsOf, portsOn } from "./ports.ts"
import type { Scene } from "./scene.ts"
import { hasLateSignal, seenIn } from "./services/seen.ts"
import { SimulatedCallbacks } from "./services/simulatedCallbacks.ts"
import { SimulatedOutput } from "./services/simulatedOutput.ts"
import { SimulatedPayloads } from "./services/simulatedPayloads.ts"
import { SimulatedQueue } from "./services/simulatedQueue.ts"
import { SimulatedReplies } from "./services/simulatedReplies.ts"
import { SimulatedStepMarks } from "./services/simulatedStepMarks.ts"
import { SimulatedStream } from "./services/simulatedStream.ts"
import { SimulatedTable } from "./services/simulatedTable.ts"
import { SimulatedTimers } from "./services/simulatedTimers.ts"
import { type UserTransactions, userTransactions } from "./services/userTransactions.ts"
import { openRuns, settle } from "./settle.ts"
import { addressOfStep } from "./workload/addressOfStep.ts"
import { CurrentHandOut, handedOut } from "./workload/features/callbacks.ts"
import { changedModel, fingerprintOf, outcomeOf, rightModel, takenInput } from "./workload/model.ts"
import type { Input } from "./workload/programs.ts"
import { CurrentRunStep, type RunStep } from "./workload/runStep.ts"
import { calmProgram } from "./workload/scenarios.ts"
import { CurrentStepWatch } from "./workload/stepWatch.ts"
import { codeOfTimetable, startOf } from "./workload/timetables/definitionOf.ts"
import { Faults, waitsForChild } from "./world/faults.ts"
import type { Code, Fleet, FleetOptions } from "./world/fleet.ts"
import type { Life, Machine } from "./world/machine.ts"
import { withoutStacks } from "./world/withoutStacks.ts"
import { type TraceLine, Violation, World } from "./world/world.ts"

/** What a schedule came to. */
export interface ScheduleResult {
  readonly violation: Violation | undefined
  readonly events: number
  readonly awaits: number
  readonly faults: number
  readonly faultsByKind: ReadonlyMap<string, number>
  /** Entries of the ledger that steps have written. */
  readonly written: number
  readonly coverage: ReadonlyMap<string, number>
  readonly sometimes: ReadonlySet<string>
  readonly checks: number
  readonly virtualMs: number
  readonly trace: ReadonlyArray<TraceLine>
}

const outageMs = 25 * 3_600_000
const faultyMs = 10 * 60_000
/** Runs that take longer wait for something, or are parked: others may begin beside them. */
const patienceMs = 60_000
const deployedMs = 30_000
const calmMs = 180 * 60_000
const maxEvents = 60_000

export interface ScheduleOptions {
  readonly traced?: boolean
  /**
   * With the real adapters: over simulated services of AWS (`wire/world/wireWorld.ts`; from a macrotask only, see `wire/world/microtasks.ts`), or on a
   * file of SQLite's (`file/fileWorld.ts`). Default: the services themselves are simulated.
   */
  readonly ground?: GroundKind | undefined
}

/** One schedule, from its plan: first with faults, then without, until all of it has come to an end. */
export const runSchedule = (plan: Plan, options: ScheduleOptions = {}): ScheduleResult =>
  withoutStacks(() => new Simulation(plan, options).run())

/** Two hosts, their clients and the services between them. */
export class Simulation implements Scene {
  readonly world: World
  readonly table: SimulatedTable
  readonly stream: SimulatedStream
  readonly queue: SimulatedQueue
  readonly timers: SimulatedTimers
  readonly payloads: SimulatedPayloads
  readonly replies: SimulatedReplies
  readonly output: SimulatedOutput
  readonly callbacks: SimulatedCallbacks
  readonly marks: SimulatedStepMarks
  readonly invariants: Invariants
  readonly generations: GenerationInvariants
  readonly starts: StartInvariants
  readonly copies: CopyInvariants
  readonly executions: Executions
  readonly outputInvariants: OutputInvariants
  readonly limits: LimitInvariants
  readonly timetables: ReturnType<typeof watchTimetable>
  readonly outbox: OutboxInvariants
  readonly transactionsOf: (life: Life) => UserTransactions
  readonly steps: StepInvariants
  readonly outside: Outside
  readonly fleet: Fleet
  readonly deletions: DeletionInvariants
  readonly plan: Plan
  readonly sometimes = new Set<string>()
  /** See the stream's; as it was when the faults stopped. */
  heldUpMs = 0
  readonly keepsLooks: boolean
  readonly ground: Ground | undefined
  private readonly portsOf: PortsOf
  private readonly outageMs: number
  private isOutage = false
  /** For the host that starts next. */
  private deployed: { readonly forMs: number } | undefined

  constructor(plan: Plan, options: ScheduleOptions) {
    this.plan = options.ground?.planOf(plan) ?? plan
    this.keepsLooks = plan.setting?.goesOn === true || options.ground?.hasFunctions(plan) === true
    this.world = new World(plan.seed, new Faults(this.plan.faults), { ...options, startsAt: startOf(plan.timetable) })
    const { world } = this
    this.payloads = new SimulatedPayloads(world)
    this.replies = new SimulatedReplies(world)
    this.output = new SimulatedOutput(world)
    this.callbacks = new SimulatedCallbacks(world)
    this.marks = new SimulatedStepMarks(world)
    this.table = new SimulatedTable(world)
    this.ground = options.ground?.make(world)
    this.outageMs = this.ground?.outageMs ?? outageMs
    this.stream = this.ground?.stream ?? new SimulatedStream(world)
    this.stream.onOutage = this.outage.bind(this)
    this.queue = this.ground?.queue ?? new SimulatedQueue(world)
    this.queue.repeats = plan.setting?.repeats ?? 0
    this.timers = new SimulatedTimers(world, this.table)
    this.ground?.open(this)
    this.portsOf = portsOn(this)
    this.transactionsOf = this.ground?.transactions ?? userTransactions(world, this.table)
    this.copies = new CopyInvariants(world, this.table, this.payloads)
    this.table.observe(this.copies)
    const callbacks = new CallbackInvariants(world, this.table, this.callbacks, this.copies)
    this.invariants = new Invariants({
      world,
      callbacks,
      copies: this.copies,
      table: this.table,
      payloads: this.payloads,
      replies: this.replies,
      isChangedCode: (name) => name.endsWith("*"),
      isKnownRun: knownRuns(plan)
    })
    this.table.observe(callbacks)
    const isExpired = (runId: string, stepKey: string) => this.marks.of(runId, stepKey)?.expired === true
    new WakeInvariants({ world, table: this.table, stream: this.stream, queue: this.queue, isExpired })
    this.executions = new Executions(world, this.queue)
    this.steps = new StepInvariants(world, this.table, this.marks, this.queue, this.copies)
    this.table.observe(this.invariants)
    new TransactionInvariants(world, this.table, this.copies)
    this.outbox = new OutboxInvariants(world, this.table, this.payloads)
    this.limits = new LimitInvariants(world, this.table)
    this.timetables = watchTimetable(this)
    const knowledge = new Knowledge(this.table)
    this.table.observe(new OrderInvariants(world, this.table, this.payloads, knowledge))
    this.generations = new GenerationInvariants(world, this.table, this.payloads, this.copies)
    this.table.observe(this.generations)
    this.starts = new StartInvariants(world, this.table, this.payloads)
    this.table.observe(this.starts)
    this.table.observe(this.executions)
    this.outputInvariants = new OutputInvariants(world, this.table, this.output, changesCode(plan), this.copies)
    this.table.observe({
      rowPut: () => undefined,
      headWritten: (runId, _before, head) => this.noteHead(runId, head),
      segmentPut: () => undefined
    })
    // On DynamoDB the stream does, whoever put it.
    this.table.onPut = (runId, row) => this.stream.ring({ runId, key: messageKey(row) })
    const onLog: Machine["onLog"] = (level, message, cause) => this.log(level, message, cause)
    this.outside = new Outside(this, this.portsOf, onLog, knowledge)
    this.deletions = watchDeletions(this, this.plan.deletion?.keptMs ?? null)
    this.fleet = this.fleetOf(onLog)
    if (this.ground?.clientsHost === true) this.outside.beside = this.fleet.host
  }

  /** On the wire, some schedules have functions instead of processes. */
  private fleetOf(onLog: Machine["onLog"]): Fleet {
    const { ground, plan, portsOf, world } = this
    const options: FleetOptions<Ports> = {
      world,
      onLog,
      codeOf: (life) => this.codeOf(life),
      portsOf,
      warmRuns: plan.warmRuns,
      stepConcurrency: plan.setting?.stepConcurrency ?? 16,
      isLossy: isLossy(plan),
      retention: hostRetention(plan.deletion),
      sweepIntervalMs: ground?.sweepIntervalMs ?? 60_000
    }
    return ground?.functions?.(options) ?? new Processes(options)
  }

  run(): ScheduleResult {
    const { world, plan } = this
    this.outside.machine.clock = plan.setting?.sender ?? {}
    this.outside.machine.start()
    world.later(plan.setting?.hostsAfterMs ?? 0, this.fleet.start)
    for (const [index, run] of plan.runs.entries()) this.outside.plan(`run-${index}`, run)
    for (const one of plan.deletion?.asked ?? []) this.outside.delete(one, one.afterMs)
    if (plan.timetable !== undefined) this.outside.timetable(plan.timetable, (forMs) => this.outage(forMs))
    const deploysAfterMs = plan.setting?.deploysAfterMs ?? null
    if (deploysAfterMs !== null) world.later(deploysAfterMs, () => this.deploy())
    const isTaken = JSON.stringify(plan.runs).includes(`"input":${takenInput}`)
    if (plan.hasPoison || isTaken) this.outside.startPoison("poison")
    // What nobody else can end, a cancellation does: now and then before the run is parked, mostly long after.
    if (plan.cancelsPoison === true) this.outside.cancel("poison", plan.seed % 2 === 1 ? 1 : 4_000)
    this.untilSpent()
    if (world.violation === undefined) this.calm()
    this.ground?.close()
    return this.result()
  }

  private deploy(): void {
    if (this.isOutage || this.world.faults.isCalm) return
    this.deployed = { forMs: deployedMs }
    this.fleet.deploy()
    // So that it meets them, and not by luck.
    for (const index of this.plan.runs.keys()) this.outside.signal(`run-${index}`, "changed", 2_000)
  }

  /** All hosts are away: mostly for longer than the stream remembers. */
  private outage(forMs = this.outageMs): void {
    const { world } = this
    if (this.isOutage || world.faults.isCalm) return
    this.isOutage = true
    world.note("world", () => `has no host for ${forMs / 60_000} minutes`)
    this.fleet.hold()
    world.later(forMs, () => {
      this.isOutage = false
      this.stream.trim()
      this.fleet.release()
    })
  }

  /**
   * Until there were faults enough, the last one has run its course, and a while beyond. Runs that have ended are followed by
   * others: an idle host gives faults no chance.
   */
  private untilSpent(): void {
    const { world, outside, plan } = this
    const lingersMs = plan.setting?.lingersMs ?? patienceMs
    let until = world.now + faultyMs
    let calmAt: number | undefined
    const isQuiet = () => {
      if (world.faults.isSpent && this.ground?.isWhole !== false)
        calmAt ??= world.now + world.faults.aftermathMs + lingersMs
      return (calmAt !== undefined && world.now >= calmAt) || (outside.isDone && openRuns(this).length === 0)
    }
    // A service may be away for longer.
    const isUp = () => world.now >= until && this.ground?.isWhole !== false
    for (let more = 0; !isUp() && world.violation === undefined; ) {
      const atMost = world.now < until ? until : Number.POSITIVE_INFINITY
      const end = world.run(isQuiet, Math.min(atMost, world.now + patienceMs), maxEvents)
      if (this.isOutage) {
        world.run(() => !this.isOutage, world.now + this.outageMs + 1, maxEvents)
        until = Math.max(until, world.now + faultyMs / 2)
      }
      if (end === "events" || (world.faults.isSpent && isQuiet())) return
      if (!world.faults.isSpent && world.now < until)
        outside.start(`more-${more}`, { program: calmProgram, value: more++ }, 0)
    }
  }

  /** The faults stop; whoever is down comes back, with the right code. */
  private calm(): void {
    const { world } = this
    world.note("world", () => "is calm from here on")
    world.faults.calm()
    this.heldUpMs = this.stream.heldUpMs
    this.deployed = undefined
    const goesOn = this.plan.setting?.goesOn === true
    this.fleet.calm(goesOn)
    this.outside.machine.renew(goesOn)
    this.noteSometimes()
    try {
      settle(this, world.now + calmMs, maxEvents)
    } catch (error) {
      if (!(error instanceof Violation)) throw error
    }
  }

  /** What a process has that starts now: some have other code. */
  private codeOf(life: Life): Code {
    const { world } = this
    const isChanged = this.deployed ?? world.faults.of("changedCode")
    this.deployed = undefined
    if (isChanged !== undefined) {
      life.hasChangedCode = true
      world.note(life.name, () => "has changed code")
      world.later(isChanged.forMs, () => life.crash(100))
    }
    const { steps, workflows } = isChanged === undefined ? rightModel : changedModel
    const runStep: RunStep = (name, input, context) => this.runStep(life, name, input, context)
    const context = Context.make(CurrentRunStep, runStep).pipe(
      Context.add(CurrentHandOut, runStep),
      Context.add(CurrentStepWatch, this.stepWatch(life))
    )
    return { steps, context, ...codeOfTimetable(this.plan.timetable, workflows) } as Code
  }

  private stepWatch(life: Life) {
    return this.steps.watch(life, (name, context, key) => this.stepBegins(life, name, context, key))
  }

  /** A step's code: it begins, calls something, and has an outcome. Each of these may be the last thing that its machine does. */
  private runStep(life: Life, name: string, input: Input, context: StepContext) {
    const [run = ""] = context.idempotencyKey.split("/", 1)
    const key = context.idempotencyKey.slice(run.length + 1)
    this.stepBegins(life, name, context, key, fingerprintOf(rightModel, name, input))
    const call = Effect.orDie(this.world.call(life, `step ${name}`, () => this.takesEffect(name, input)))
    return Effect.andThen(call, outcomeOf(name, input, context))
  }

  readonly leave = (runId: string, row: Message): void => {
    if (this.ground === undefined) this.table.put(runId, row, "world")
    else this.ground.put(runId, row)
  }

  private stepBegins(
    life: Life,
    name: string,
    context: Parameters<typeof addressOfStep>[0] & { readonly attempt: number },
    key: string,
    input?: string
  ): void {
    const runId = addressOfStep(context)
    // Of an attempt that is not made again nobody knows whether it was the first.
    if (name !== "once") this.executions.begins(life, name, runId, key, context.attempt)
    this.invariants.stepBegins(name, runId, key)
    this.starts.stepBegins(name, runId, key)
    this.copies.stepBegins(runId, key, context.idempotencyKey, input)
    this.world.note(life.name, () => `runs ${runId} ${key}, attempt ${context.attempt}`)
  }

  /** What a step's code does to the world, whether or not anybody hears of it. */
  private takesEffect(name: string, input: Input): void {
    const told = name.startsWith("handOut") ? handedOut(input) : undefined
    if (told !== undefined) this.outside.askedBy(told)
  }

  private log(level: string, message: unknown, cause: Cause.Cause<unknown>): void {
    const line = `${level} ${String(message)}${cause.reasons.length === 0 ? "" : ` ${Cause.pretty(cause)}`}`
    this.invariants.logged(line)
    // Stacks are of the process that simulates, and say nothing here.
    this.world.note("log", () => line.split("\n")[0] as string)
  }

  private noteHead(runId: string, head: Head): void {
    if (head.status === "parked") this.sometimes.add("parked")
    if (!isTerminal(head.status)) return
    // Nobody has told its parent yet, and then nobody is there to do so.
    if (head.parent !== undefined && this.world.faults.of("trimmedRecords", waitsForChild) !== undefined) this.outage()
    if (hasLateSignal(this.table.read(runId), head)) this.sometimes.add("signalBeatsCompletion")
  }

  private noteSometimes(): void {
    for (const what of seenIn(this)) this.sometimes.add(what)
    for (const kind of this.world.faults.injected.keys()) this.sometimes.add(kind)
  }

  private result(): ScheduleResult {
    const { world } = this
    return {
      violation: world.violation,
      events: world.events,
      awaits: world.awaits,
      faults: world.faults.count,
      faultsByKind: world.faults.injected,
      written: this.table.ledger.size,
      coverage: world.faults.coverage,
      sometimes: this.sometimes,
      checks: this.invariants.checks,
      virtualMs: world.now,
      trace: world.trace ?? []
    }
  }
}
