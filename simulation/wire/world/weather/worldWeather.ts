import { decodeQueueMessage } from "../../../../src/store/aws/queue/queueBody.ts"
import { partitionAddress } from "../../../../src/store/aws/table/keys.ts"
import type { ServiceFaultKind } from "../../../world/faults.ts"
import { Refusals } from "../../../world/refusals.ts"
import type { World } from "../../../world/world.ts"
import type { WireItem } from "../../dynamodb/values.ts"
import { Weather } from "../../weather.ts"
import { Expiries } from "./expiries.ts"
import { Outages } from "./outages.ts"
import { Refused } from "./refused.ts"

/** Beyond what the plan says, so often while there are faults. */
const often = 0.1
const seldom = 0.02

/** In so many schedules one way is the rule: who meets it once in ten times is helped by the next try, and nobody sees that he needed it. */
const moods = { smallPages: 4, leftovers: 5, conflicts: 5 } as const

/** An empty answer says nothing, and is given late: hosts that ask again at once would make most of a schedule's events. */
const idleMs = 60_000

/**
 * The services of a schedule. What its plan has a fault for happens as it says; in what else is allowed they are as they like, and are
 * never as kind as a server of the tests: reads and index are behind even when nothing goes wrong.
 */
export class WorldWeather extends Weather {
  private readonly world: World
  /** Of how many messages one is handed out twice; 0: none but those that are planned. */
  repeats = 0
  readonly outages: Outages
  readonly expiries: Expiries
  /** What all pages end after; undefined: they are whole, but for some. */
  private readonly page: number | undefined
  private readonly leavesOver: number
  /** Batches that the queue has not taken all of, so far. */
  queueLeftovers = 0
  private readonly conflicts: number
  private readonly refusals: Refusals
  private readonly timerRefusals: Refusals
  private readonly refused: Refused

  constructor(world: World) {
    super()
    this.world = world
    this.outages = new Outages(world)
    this.expiries = new Expiries(world)
    const { draw } = world
    const isRule = (mood: keyof typeof moods) => draw.below(moods[mood]) === 0
    this.page = isRule("smallPages") ? 100 + draw.below(1_500) : undefined
    this.leavesOver = isRule("leftovers") ? 0.4 : seldom
    this.conflicts = isRule("conflicts") ? 0.6 : often
    this.refusals = new Refusals(world, "refusedMessage")
    this.timerRefusals = new Refusals(world, "refusedTimer")
    this.refused = new Refused(world)
  }

  override isAway(service: string): boolean {
    return this.outages.of(service) !== undefined
  }

  override refusalOf(body: string): "batch" | "entry" | undefined {
    const runId = decodeQueueMessage(body)?.runId
    if (runId === undefined || this.refusals.of(runId, "StepQueue.send") === undefined) return undefined
    return this.world.draw.chance(0.5) ? "batch" : "entry"
  }

  override objectRefusal(key: string, by: string): Error | undefined {
    return this.refused.object(key.slice(key.indexOf("/") + 1), by)
  }

  override itemRefusal(item: WireItem): Error | undefined {
    return this.refused.item(item)
  }

  override isFull(): boolean {
    return this.chance(often)
  }

  override refusesTimer(partition: string): boolean {
    const runId = partitionAddress("", partition)
    return runId !== undefined && this.timerRefusals.of(runId, "Timers.schedule") !== undefined
  }

  private planned(kind: ServiceFaultKind): { readonly forMs: number } | undefined {
    return this.world.faults.of(kind)
  }

  private chance(probability: number): boolean {
    return !this.world.faults.isCalm && this.world.draw.chance(probability)
  }

  override readLagMs(): number {
    const { draw } = this.world
    return draw.chance(0.3) ? draw.below(draw.chance(0.2) ? 2_000 : 100) : 0
  }

  override indexLagMs(): number {
    const { draw } = this.world
    return draw.chance(0.5) ? draw.below(draw.chance(0.2) ? 3_000 : 300) : 0
  }

  /** Small partitions have several pages too: of some a page's megabyte stands for less. */
  override pageBytes(): number {
    const { draw } = this.world
    if (this.page !== undefined) return this.page
    return draw.chance(0.1) ? 200 + draw.below(2_000) : super.pageBytes()
  }

  override tearMs(): number {
    const torn = this.planned("tornRead")
    if (torn !== undefined) return 1 + Math.min(torn.forMs, 2_000)
    return this.chance(often) ? 1 + this.world.draw.below(50) : 0
  }

  override isThrottled(): boolean {
    return this.chance(seldom)
  }

  override isInConflict(): boolean {
    return this.chance(this.conflicts)
  }

  override leftovers(of: number, service: "DynamoDB" | "SQS"): number {
    if (!this.chance(this.leavesOver)) return 0
    if (service === "SQS") this.queueLeftovers++
    return 1 + this.world.draw.below(of)
  }

  override recordDelayMs(): number {
    const late = this.planned("delayedRecords")?.forMs ?? 0
    return 20 + this.world.draw.below(100) + late
  }

  override splitsShard(): boolean {
    return this.planned("splitShard") !== undefined
  }

  override heldBack(of: number): number {
    return this.chance(often) ? this.world.draw.below(of + 1) : 0
  }

  override idleMs(askedMs: number): number {
    return Math.max(askedMs, idleMs)
  }

  override messageDelayMs(): number {
    return this.planned("delayedMessage")?.forMs ?? 0
  }

  override messagesTaken(most: number): number {
    return Math.min(most, 1 + this.world.draw.below(10))
  }

  override isDoubled(): boolean {
    const { draw, faults } = this.world
    return (
      this.planned("duplicateMessage") !== undefined ||
      (!faults.isSpent && this.repeats > 0 && draw.below(this.repeats) === 0)
    )
  }

  override losesMessage(body: string): boolean {
    return decodeQueueMessage(body)?.kind !== "wake" && this.planned("lostMessage") !== undefined
  }

  override isDead(): boolean {
    return this.planned("deadLetter") !== undefined
  }

  override oldReceiptDeletes(): boolean {
    return this.world.draw.chance(0.5)
  }

  override momentOfMinuteMs(): number {
    return this.world.draw.below(60_000)
  }

  override fires(): { readonly lateMs: number; readonly isTwice: boolean; readonly isLost: boolean } {
    return {
      isLost: this.planned("lostTimer") !== undefined,
      lateMs: this.planned("lateTimer")?.forMs ?? 0,
      isTwice: this.planned("doubleTimer") !== undefined
    }
  }

  /** Mostly few: no run has a thousand. */
  override objectsListed(): number {
    return this.world.draw.chance(0.5) ? 1 + this.world.draw.below(3) : super.objectsListed()
  }

  override object(): "right" | "missing" | "altered" {
    if (this.planned("missingPayload") !== undefined) return "missing"
    return this.planned("alteredPayload") !== undefined ? "altered" : "right"
  }
}
