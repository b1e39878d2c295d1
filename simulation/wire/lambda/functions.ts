import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { TurnStoreServices } from "../../../src/store/aws/functionStore.ts"
import { commitsInOrder } from "../../../src/store/commitInOrder.ts"
import type { Commits } from "../../../src/store/commits.ts"
import type { RunEraser } from "../../../src/store/deletion/runEraser.ts"
import type { BatchResponse, StreamEvent } from "../../../src/streams/lambda/events.ts"
import { makeTurnHandlers, type TurnHandlers } from "../../../src/streams/lambda/handlers.ts"
import { inboxFilter } from "../../../src/streams/lambda/inboxFilter.ts"
import { functionPermissions, type Permissions } from "../../../src/streams/lambda/permissions.ts"
import { draws } from "../../workload/drawn/draws.ts"
import { budget, type Fleet, type FleetOptions, queueRetentionMs, quietMs, visibilityMs } from "../../world/fleet.ts"
import { type Life, Machine } from "../../world/machine.ts"
import type { WireQueue } from "../sqs/queue.ts"
import type { Shards, WireRecord } from "../streams/shards.ts"
import { AsyncInvoker, type AsyncOptions } from "./asyncInvoker.ts"
import { LambdaFunction } from "./lambdaFunction.ts"
import { nobody, QueueMapping } from "./queueMapping.ts"
import { StreamMapping, type StreamMappingOptions } from "./streamMapping.ts"

/** What the functions of a deployment are on. */
export interface Account {
  readonly shards: Shards
  readonly steps: WireQueue
  readonly deadLetters: WireQueue
  /** A life that may be handed messages from now on. */
  /** `rights`: as the template gives them to its function. */
  readonly meet: (life: Life, rights?: Permissions) => void
  readonly onDone: (record: WireRecord) => void
  readonly hasNoStream: () => boolean
}

/** Shorter than those of the construct, as all times of a schedule are, and as it has them: a message is hidden for the time of its function. */
const timeouts = { stream: 20_000, step: 60_000, deadLetter: 20_000, sweep: 60_000, purge: 60_000 } as const

/** How long a record may be held up once all is well: by an event that has all of its time, and the pause behind it. */
export const heldUpByFunctionsMs = timeouts.stream + 15_000

const maxRecordAgeMs = 12 * 3_600_000

/** What such schedules have found is not settled: docs/simulation.md. */
const drawsPatience = draws.PATIENCE === "some"

/** As the construct has its schedules: one that fails is followed by the next. */
const once = (maxEventAgeMs: number): AsyncOptions => ({ retryAttempts: 0, maxEventAgeMs })

type Store = Exclude<TurnStoreServices, Commits>

/** The functions of a deployment as the construct has them, and what invokes them. */
export class Functions implements Fleet {
  private readonly options: FleetOptions<Store>
  private readonly account: Account
  private readonly stream: LambdaFunction
  private readonly step: LambdaFunction
  private readonly deadLetter: LambdaFunction
  private readonly sweep: LambdaFunction
  /** Doorbells that somebody is to ring once more as soon as there are functions again. */
  private readonly unrung: Array<StreamEvent["Records"]> = []
  private readonly purge: LambdaFunction
  private readonly streamSource: StreamMapping
  private readonly queueSources: ReadonlyArray<QueueMapping>
  private isOn = false
  private isHeld = false
  private hasBegun = false
  private purges = false

  constructor(options: FleetOptions<Store>, account: Account) {
    this.options = options
    this.account = account
    const { world } = options
    const { draw } = world
    this.stream = this.function("stream", 2 + draw.below(3))
    this.step = this.function("step", 1 + draw.below(4))
    this.deadLetter = this.function("deadLetter", 2)
    this.sweep = this.function("sweep", 2)
    this.purge = this.function("purge", 2)
    account.meet(
      new Machine(world, { name: nobody, isFaulty: false, boot: () => undefined, onLog: options.onLog }).begin()
    )
    account.steps.attributes.visibilityMs = timeouts.step
    account.deadLetters.attributes.visibilityMs = timeouts.deadLetter
    this.streamSource = new StreamMapping({
      world,
      shards: account.shards,
      target: this.stream,
      filter: inboxFilter(""),
      batchSize: draw.chance(0.5) ? 100 : 5,
      parallelizationFactor: draw.chance(0.5) ? 1 : 4,
      ...this.patience(),
      isAway: account.hasNoStream,
      onDone: account.onDone
    })
    const source = (queue: WireQueue, target: LambdaFunction, handler: "step" | "deadLetter") =>
      new QueueMapping({ world, queue, target, handler, batchSize: 10 })
    this.queueSources = [
      source(account.steps, this.step, "step"),
      source(account.deadLetters, this.deadLetter, "deadLetter")
    ]
  }

  get machines(): ReadonlyArray<Machine> {
    return this.all.flatMap(({ all }) => all.map(({ machine }) => machine))
  }

  private get all(): ReadonlyArray<LambdaFunction> {
    return [this.stream, this.step, this.deadLetter, this.sweep, this.purge]
  }

  readonly start = (): void => {
    if (this.isHeld) return
    this.isOn = true
    this.streamSource.enable()
    for (const source of this.queueSources) source.enable()
    for (const records of this.unrung.splice(0)) this.ringAgain(records)
    if (!this.purges) this.purgeAgain(this.options.retention.purgeInterval)
    if (this.hasBegun) return
    this.hasBegun = true
    this.sweepAgain()
  }

  readonly deploy = (): void => {
    for (const one of this.all) one.stopIdle()
  }

  /** The mappings are switched off, and the functions are gone. */
  readonly hold = (): void => {
    this.isHeld = true
    this.isOn = false
    this.streamSource.disable()
    for (const source of this.queueSources) source.disable()
    for (const one of this.all) one.stop()
  }

  /** What `docs/deploy.md` asks for after a day in which nobody has read the stream: a look through the whole table. */
  readonly release = (): void => {
    this.isHeld = false
    this.start()
    this.lookThrough(undefined)
  }

  readonly calm = (goesOn: boolean): void => {
    for (const one of this.all) {
      if (goesOn) one.stopIll()
      else one.stop()
    }
  }

  /** A schedule of the construct's. */
  private sweepAgain(): void {
    const { sweepIntervalMs, world } = this.options
    this.hasBegun = this.isOn
    if (!this.isOn) return
    new AsyncInvoker(world, this.sweep, once(sweepIntervalMs)).send((handlers, context) => handlers.sweep({}, context))
    world.later(sweepIntervalMs, () => this.sweepAgain())
  }

  /** Another, where something is deleted. */
  private purgeAgain(everyMs: number | undefined): void {
    const { world } = this.options
    this.purges = this.isOn && everyMs !== undefined
    if (!this.isOn || everyMs === undefined) return
    new AsyncInvoker(world, this.purge, once(everyMs)).send((handlers, context) => handlers.purge({}, context))
    world.later(everyMs, () => this.purgeAgain(everyMs))
  }

  /**
   * Where something is lost for good, the mapping may lose patience as well: after a few attempts, after a minute, or as long as the construct's.
   */
  private patience(): Pick<StreamMappingOptions, "maxRecordAgeMs" | "onGivenUp" | "retryAttempts"> {
    const { isLossy, world } = this.options
    const { draw } = world
    if (!drawsPatience || !isLossy || draw.chance(0.4)) return { maxRecordAgeMs }
    const retryAttempts = draw.chance(0.6) ? draw.below(6) : undefined
    return {
      retryAttempts,
      maxRecordAgeMs: retryAttempts === undefined || draw.chance(0.3) ? 60_000 + draw.below(120_000) : maxRecordAgeMs,
      onGivenUp: (event) => this.givenUp(event)
    }
  }

  /** As `docs/deploy.md` asks for: whoever was never begun is rung for once more, the others are the sweeper's to find. */
  private givenUp({ Records }: StreamEvent): void {
    const { world } = this.options
    world.note("world", () => `has given up ${Records.map(({ dynamodb }) => dynamodb?.Keys?.sk?.S).join()}`)
    const starts = Records.filter(({ dynamodb }) => dynamodb?.Keys?.sk?.S === "start")
    if (starts.length > 0) world.later(60_000 + world.draw.below(240_000), () => this.ringAgain(starts))
  }

  private ringAgain(Records: StreamEvent["Records"]): void {
    if (!this.isOn) return void this.unrung.push(Records)
    this.stream.invoke({
      call: (handlers, context) => handlers.stream({ Records }, context),
      ended: (outcome) => {
        const isDone =
          outcome.tag === "answered" && (outcome.answer as BatchResponse | undefined)?.batchItemFailures.length === 0
        if (!isDone) this.options.world.later(10_000, () => this.ringAgain(Records))
      }
    })
  }

  private lookThrough(cursor: string | undefined): void {
    const { world } = this.options
    const event = { lookThrough: true, ...(cursor === undefined ? {} : { cursor }) }
    this.sweep.invoke({
      call: (handlers, context) => handlers.sweep(event, context),
      ended: (outcome) => {
        if (outcome.tag !== "answered") return void world.later(5_000, () => this.lookThrough(cursor))
        const { complete, cursor: next } = outcome.answer as { readonly complete: boolean; readonly cursor?: string }
        if (!complete) this.lookThrough(next)
      }
    })
  }

  private function(name: keyof typeof timeouts, concurrency: number): LambdaFunction {
    const { onLog, world } = this.options
    return new LambdaFunction({
      world,
      name,
      concurrency,
      timeoutMs: timeouts[name],
      onLog,
      load: (life) => this.load(life, functionPermissions[name])
    })
  }

  private load(life: Life, rights: Permissions): TurnHandlers {
    const { codeOf, isLossy, portsOf, retention, warmRuns } = this.options
    const { context: own, schedules, steps, workflows } = codeOf(life)
    this.account.meet(life, rights)
    const context = Context.merge(life.context(), own)
    const { guard, schedule } = life.hostMachine()
    const ports = Layer.effectContext(Effect.suspend(() => portsOf(life)))
    return makeTurnHandlers({
      workflows,
      steps,
      schedules,
      tuning: { warmRuns, budget, visibilityMs, quietMs: quietMs(isLossy) },
      layer: Layer.succeedContext(context),
      store: Layer.provideMerge(commitsInOrder, ports),
      // Of all that is there: its rights say what it may do.
      purgeStore: ports as Layer.Layer<Store | RunEraser>,
      environment: () => ({
        ...(retention.retention === undefined ? {} : { DYNACTOR_RETENTION_MS: String(retention.retention) }),
        DYNACTOR_QUEUE_URL: this.account.steps.url,
        DYNACTOR_DEAD_LETTER_QUEUE_URL: this.account.deadLetters.url
      }),
      machine: { context, guard, schedule, queueRetentionMs }
    })
  }
}
