import * as streamsCommands from "@aws-sdk/client-dynamodb-streams"
import * as s3Commands from "@aws-sdk/client-s3"
import * as schedulerCommands from "@aws-sdk/client-scheduler"
import * as secretsCommands from "@aws-sdk/client-secrets-manager"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import { addressOf } from "../../../src/actor/history/generation.ts"
import { type Message, messageKey } from "../../../src/actor/history/message.ts"
import type { AwsSdk } from "../../../src/store/aws/awsSdk.ts"
import { servicesOn } from "../../../src/store/aws/awsStore.ts"
import { tableDefinition } from "../../../src/store/aws/createAwsTables.ts"
import { toAttributes } from "../../../src/store/aws/table/attributes.ts"
import { addressPartition, headKey, parseRunPartition } from "../../../src/store/aws/table/keys.ts"
import { messageItem } from "../../../src/store/aws/table/messageItem.ts"
import { RunTable } from "../../../src/store/runTable.ts"
import { StepQueue } from "../../../src/store/stepQueue.ts"
import type { Permissions } from "../../../src/streams/lambda/permissions.ts"
import type { Ground, GroundKind, Ports, SeenByAll } from "../../ground/ground.ts"
import { hasFunctions, hasLongTimers, isLossy } from "../../plan.ts"
import { inlineLimitBytes } from "../../services/simulatedPayloads.ts"
import { maxDelayMs } from "../../services/simulatedQueue.ts"
import { withLongTimers } from "../../workload/longTimers.ts"
import type { Fleet, FleetOptions } from "../../world/fleet.ts"
import type { Life } from "../../world/machine.ts"
import type { World } from "../../world/world.ts"
import { shapeOf } from "../dynamodb/tables.ts"
import { Functions, heldUpByFunctionsMs } from "../lambda/functions.ts"
import { lacksRight } from "../lambda/rights.ts"
import type { WireQueue } from "../sqs/queue.ts"
import type { Shards } from "../streams/shards.ts"
import { Wire } from "../wire.ts"
import { type Leftovers, leftoversOf } from "./leftovers.ts"
import { checkOutsideOfMicrotasks, drainMicrotasks } from "./microtasks.ts"
import { QueueMirror } from "./queueMirror.ts"
import { StreamMirror } from "./streamMirror.ts"
import { TableMirror } from "./tableMirror.ts"
import { WorldWeather } from "./weather/worldWeather.ts"
import { wireTransactions } from "./wireTransactions.ts"
import { type LacksRight, worldNetwork } from "./worldNetwork.ts"

/** For schedules that are to be on the wire. */
export const onWire: GroundKind = {
  flag: "wire",
  planOf: (plan) => {
    return hasLongTimers(plan) ? { ...plan, runs: withLongTimers(plan.runs) } : plan
  },
  hasFunctions,
  make: (world) => new WireWorld(world)
}

const tableName = "runs"
const payloadPrefix = "payloads/"

/** The account of a schedule: its services, the processes on them, and what the invariants see of it. */
export class WireWorld implements Ground {
  readonly wire: Wire
  readonly queue: QueueMirror
  readonly stream: StreamMirror
  readonly weather: WorldWeather
  /** Timers of minutes go by Scheduler, which is there for those of more than a quarter of an hour. */
  usesScheduler = false
  private readonly world: World
  private readonly shards: Shards
  private readonly steps: WireQueue
  private readonly deadLetters: WireQueue
  private mirrors: SeenByAll | undefined
  /** By the names that they have had. */
  private readonly lives = new Map<string, Life>()
  /** Of the functions: processes may do all. */
  private readonly rights = new Map<Life, Permissions>()

  constructor(world: World) {
    checkOutsideOfMicrotasks()
    world.drain = drainMicrotasks
    this.world = world
    this.weather = new WorldWeather(world)
    this.wire = new Wire(world)
    this.wire.weather = this.weather
    const { dynamodb, s3, sqs, streams } = this.wire
    const table = dynamodb.create(shapeOf(tableDefinition(tableName)))
    dynamodb.create({ name: "ledger", hash: "id", range: undefined, indexes: [], hasStream: false })
    table.expiry = "ttl"
    this.shards = streams.of(tableName, table.shape)
    this.steps = sqs.create("steps")
    this.deadLetters = sqs.create("dead")
    this.steps.attributes.redrive = { target: this.deadLetters.url, maxReceives: 5 }
    for (const queue of [this.steps, this.deadLetters]) queue.attributes.retentionMs = 14 * 86_400_000
    s3.create("payloads")
    const lifeOf = (name: string) => this.lives.get(name) as Life
    this.queue = new QueueMirror(world, () => [this.steps, this.deadLetters], lifeOf)
    this.queue.leftovers = () => this.weather.queueLeftovers
    this.queue.isProcess = (life) => !this.rights.has(life)
    this.steps.observer = this.queue.onWire
    this.deadLetters.observer = { ...this.queue.onWire, sent: () => undefined, received: () => undefined }
    this.stream = new StreamMirror(world, () => this.shards)
    this.weather.outages.onEnds(() => {
      this.steps.wake()
      this.deadLetters.wake()
      this.shards.onCome()
    })
  }

  /** From here on the invariants see what is written. */
  open(mirrors: SeenByAll): void {
    this.mirrors = mirrors
    this.usesScheduler = hasLongTimers(mirrors.plan)
    const { dynamodb, s3 } = this.wire
    this.weather.repeats = mirrors.queue.repeats
    const tables = new TableMirror(this.world, mirrors, (name) => this.lives.get(name) as Life)
    dynamodb.onWrite = (change) => {
      if (change.table.name === "ledger") return tables.ledgerWritten(change.hash)
      tables.changed(change)
      if (change.hash.startsWith("#feed/")) this.stream.checkpoint(change)
    }
    dynamodb.onDone = () => tables.requested()
    dynamodb.onRefused = ({ hash, range }) => {
      const run = range === headKey ? parseRunPartition(hash) : undefined
      if (run !== undefined) mirrors.table.conflicts.push(addressOf(run.runId, run.generation))
    }
    s3.onPut = (key, text) => mirrors.payloads.put(key.slice(payloadPrefix.length), text)
    s3.onDeleted = (key) => mirrors.payloads.erase(key.slice(payloadPrefix.length))
  }

  /** A row of somebody who has died since. */
  put(address: string, row: Message): void {
    const [pk, sk] = [addressPartition("", address), messageKey(row)]
    this.wire.dynamodb.table(tableName).write(pk, sk, toAttributes({ pk, sk, ...messageItem(row) }), "world")
  }

  /** No service is away, or will be. */
  get isWhole(): boolean {
    return this.weather.outages.isOver && this.weather.expiries.isOver
  }

  /** A pass of the real listing is two hundred calls: seldom where nothing is lost, and it has nothing to find. */
  get sweepIntervalMs(): number | undefined {
    return this.mirrors === undefined || isLossy(this.mirrors.plan) ? undefined : 300_000
  }

  readonly leftoversOf = (runId: string): Leftovers =>
    leftoversOf(
      {
        table: this.wire.dynamodb.table(tableName),
        queues: [this.steps, this.deadLetters],
        objects: this.wire.s3.keys("payloads").map((key) => key.slice(payloadPrefix.length))
      },
      runId
    )

  readonly clientsHost = false
  readonly outageMs = undefined

  close(): void {}

  /** Functions on Lambda, instead of processes. */
  functions(options: FleetOptions<Ports>): Fleet | undefined {
    if (this.mirrors === undefined || !hasFunctions(this.mirrors.plan)) return undefined
    this.stream.holdsUpMs = heldUpByFunctionsMs
    return new Functions(options, {
      shards: this.shards,
      steps: this.steps,
      deadLetters: this.deadLetters,
      meet: (life, rights) => {
        this.lives.set(life.name, life)
        if (rights !== undefined) this.rights.set(life, rights)
      },
      onDone: (record) => this.stream.done(record),
      hasNoStream: () => this.weather.isAway("Streams")
    })
  }

  /** Of the user's own, as a process asks for them. */
  readonly transactions = (life: Life) =>
    wireTransactions(this.wire.clients(worldNetwork(this.world, life, this.weather)).dynamodb)

  /** The ports of a process, made of the real adapters. */
  readonly ports = (life: Life) => {
    const rights = this.rights.get(life)
    const lacks: LacksRight = (request) =>
      rights === undefined ? undefined : lacksRight(rights, request, { tableName, deadLetterUrl: this.deadLetters.url })
    const told = (point: string, output: { readonly Messages?: ReadonlyArray<{ readonly MessageId?: string }> }) => {
      if (point === "StepQueue.receive") this.queue.arrived(output.Messages)
    }
    const network = worldNetwork(this.world, life, this.weather, lacks, told)
    this.lives.set(life.name, life)
    const clients = this.wire.clients(network)
    const sdk: AwsSdk = {
      dynamodb: clients.dynamodb,
      sqs: clients.sqs,
      s3: async () => ({ client: clients.s3, commands: s3Commands }),
      streams: async () => ({ client: clients.streams, commands: streamsCommands }),
      scheduler: async () => ({ client: clients.scheduler, commands: schedulerCommands }),
      secrets: async () => ({ client: clients.secretsManager, commands: secretsCommands })
    }
    const services = servicesOn(sdk, {
      tableName,
      queueUrl: this.steps.url,
      deadLetterQueueUrl: this.deadLetters.url,
      bucketName: "payloads",
      feedPollIntervalMs: 500,
      inlineLimitBytes,
      schedulerRoleArn: "arn:aws:iam::000000000000:role/timers",
      // The same on every machine, as an item is as long as what it says.
      workerName: life.name
    })
    return Effect.map(services, (all) => {
      // Told, and not found out by looking: clients that wait for a day would fill it with looks.
      const { headChanged } = (this.mirrors as SeenByAll).table.service(life)
      const table = { ...Context.get(all, RunTable), headChanged }
      const queue = { ...Context.get(all, StepQueue), ...(this.usesScheduler ? { maxDelayMs } : {}) }
      return all.pipe(Context.add(RunTable, table), Context.add(StepQueue, this.queue.watch(queue, life)))
    })
  }
}
