import type { Head } from "../../src/actor/history/head.ts"
import { type Message, messageKey } from "../../src/actor/history/message.ts"
import type { StepRequest } from "../../src/store/stepQueue.ts"
import { forgetRun } from "../services/deletion/forgetRun.ts"
import type { QueueObserver, SimulatedQueue } from "../services/simulatedQueue.ts"
import type { TableObserver } from "../services/simulatedTable.ts"
import { attempts as attemptsAllowed, retryInitialMs } from "../workload/feature.ts"
import { inlineSteps } from "../workload/programs.ts"
import { type Life, maxSkewMs } from "../world/machine.ts"
import type { World } from "../world/world.ts"

interface Execution {
  readonly attempt: number
  readonly at: number
  readonly life: Life
  /** Of its machine, by then. */
  readonly pauses: number
}

interface Delivered {
  readonly life: Life
  readonly at: number
  readonly receives: number
  /** Of its machine, by then. */
  readonly pauses: number
}

/** All that is known of one queued step. */
interface Told {
  readonly executions: Array<Execution>
  readonly deliveries: Array<Delivered>
  /** Messages of each attempt. */
  readonly sent: Map<number, number>
  isDoubled: boolean
  answeredAt: number | undefined
  /** Last, but for those in place of a message in hand. */
  sentAt: number | undefined
}

/**
 * A step that was sent again may be lost as well, or its sender may die while sending. Nobody may take it for lost before this
 * time has passed.
 */
const leastBetweenMs = 110_000

/** From the beginning of an attempt of an inline step to that of the next, at most, and to the commit of its turn: the longest delay, and some calls. */
const inlineAttemptMs = retryInitialMs * 2 ** (attemptsAllowed - 2) + 2_000

interface SentAhead {
  readonly by: Life
  readonly tokens: Map<string, Set<string>>
}

/**
 * S8: a step's code runs as often as it has attempts, and again only for a reason: its worker died or stood still, its message came
 * twice. And not before its time.
 */
export class Executions implements QueueObserver, TableObserver {
  private readonly world: World
  private readonly steps = new Map<string, Told>()
  /** By run: what is sent ahead of its first commit, by whom, and with which tokens. */
  private readonly commits = new Map<string, SentAhead>()
  /** The lowest index of the steps that were sent with a token. */
  private readonly indexes = new Map<string, number>()
  /** By run: the last execution of an inline step in each process. */
  private readonly inline = new Map<string, Map<Life, Execution>>()
  /** By run: when its last head was written, whatever time that says. */
  private readonly committed = new Map<string, number>()
  /** Tokens of commits that stand. */
  private readonly standing = new Set<string>()

  constructor(world: World, queue: SimulatedQueue) {
    this.world = world
    queue.observer = this
  }

  /**
   * Once the commit stands its steps are not sent again, except those that must be lost: and these once, however many hosts
   * find them.
   */
  isSent({ runId, key, token }: StepRequest): void {
    const { world } = this
    const told = this.told(runId, key)
    const before = told.sentAt
    told.sentAt = world.now
    if (token === null || before === undefined || !this.standing.has(token)) return
    if (world.now - before < leastBetweenMs)
      throw world.violate("S8", `${key} of ${runId} is sent again for being lost, ${world.now - before} ms later`)
  }

  isAsked(message: StepRequest, by: Life): void {
    if (message.token !== null && message.attempt === 1) this.checkSentAgain(message, message.token, by)
  }

  sent({ runId, key, attempt, token, index }: StepRequest): void {
    const { sent } = this.told(runId, key)
    sent.set(attempt, (sent.get(attempt) ?? 0) + 1)
    if (token !== null && index < (this.indexes.get(token) ?? Number.POSITIVE_INFINITY)) this.indexes.set(token, index)
  }

  /**
   * S8: as long as its commit does not stand, a turn that is tried again sends no more than what it has not sent. Unless it asks for
   * something else by now: then what it has sent before is to be void. That a message was lost, or its request, the sender cannot know.
   */
  private checkSentAgain({ runId, key, index, fingerprint }: StepRequest, token: string, by: Life): void {
    // Which head a turn is based on does not stand in its messages. There is no doubt where there is none yet.
    if (this.world.versionOf(runId) > 0) return
    const last = this.commits.get(runId)
    const known = last?.by === by ? last : { by, tokens: new Map() }
    this.commits.set(runId, known)
    const steps = known.tokens.get(token) ?? new Set<string>()
    known.tokens.set(token, steps.add(`${key} ${index} ${fingerprint}`))
    for (const [other, before] of known.tokens) {
      if (other !== token && before.isSubsetOf(steps))
        throw this.world.violate("S8", `${key} of ${runId} is sent again, and no commit stands yet`)
    }
  }

  delivered({ runId, key }: StepRequest, life: Life, receives: number, isDoubled: boolean): void {
    const told = this.told(runId, key)
    told.deliveries.push({ life, at: this.world.now, receives, pauses: life.isPaused ? -1 : life.machine.pauses })
    if (isDoubled) told.isDoubled = true
  }

  rowPut(runId: string, row: Message): void {
    if (row.kind === "step" && messageKey(row) === `step/${row.key}`)
      this.told(runId, row.key).answeredAt ??= this.world.now
  }

  /** What a commit sends it has asked for itself: what those before it asked for is under way. */
  headWritten(runId: string, before: Head | undefined, head: Head): void {
    this.committed.set(runId, this.world.now)
    for (const { token } of head.fences) this.standing.add(token)
    const fence = head.fences.at(-1)
    if (fence === undefined || before?.fences.some(({ token }) => token === fence.token) === true) return
    const index = this.indexes.get(fence.token)
    if (index !== undefined && index <= (before?.adopted ?? 0))
      throw this.world.violate("S8", `v${head.version} of ${runId} sends again what was sent before`)
  }

  segmentPut(): void {}

  forgotten(runId: string): void {
    for (const known of [this.steps, this.commits, this.inline, this.committed]) forgetRun(known, runId)
  }

  /** The time of a head is that of the messages that it has adopted: of one that was parked for long that is long ago. */
  hasCommitted(runId: string, since: number): boolean {
    return (this.committed.get(runId) ?? 0) > since
  }

  begins(life: Life, name: string, runId: string, key: string, attempt: number): void {
    const { world } = this
    const told = this.told(runId, key)
    const what = `${key} of ${runId}, attempt ${attempt},`
    if (attempt > attemptsAllowed) throw world.violate("S8", `${what} runs, and there are ${attemptsAllowed} attempts`)
    if (!inlineSteps.has(name)) {
      this.checkDelay(told, attempt, what)
      this.checkAnswered(told, life, what)
      this.checkRepeated(told, life, attempt, what)
    }
    const execution = { attempt, at: world.now, life, pauses: life.isPaused ? -1 : life.machine.pauses }
    told.executions.push(execution)
    if (inlineSteps.has(name))
      this.inline.set(runId, (this.inline.get(runId) ?? new Map<Life, Execution>()).set(life, execution))
  }

  /**
   * A host has a turn of this run under way: it has just begun an inline step of it, and is well. Such steps are tried again in their turn, and a row of theirs
   * is no commit, so that one turn of many of them may take minutes; what the run has not read by then is read by that turn, or by the next.
   */
  isTurning(runId: string): boolean {
    const isUnderWay = ({ at, life, pauses }: Execution) =>
      !life.isOver && life.machine.pauses === pauses && this.world.now - at <= inlineAttemptMs
    return [...(this.inline.get(runId)?.values() ?? [])].some(isUnderWay)
  }

  private checkDelay({ executions }: Told, attempt: number, what: string): void {
    if (attempt === 1) return
    const before = executions.find((one) => one.attempt === attempt - 1)
    if (before === undefined) throw this.world.violate("S8", `${what} runs before the attempt before it`)
    const delayMs = retryInitialMs * 2 ** (attempt - 2)
    const waitedMs = this.world.now - before.at
    if (waitedMs < delayMs - 2 * maxSkewMs)
      throw this.world.violate("S8", `${what} waits ${waitedMs} ms, and not ${delayMs}`)
  }

  /** Whoever has a message that came before looks whether it was answered. */
  private checkAnswered({ answeredAt, deliveries }: Told, life: Life, what: string): void {
    if (answeredAt === undefined) return
    const isReason = deliveries.some((one) => one.life === life && (one.receives === 1 || one.at <= answeredAt))
    if (!isReason) throw this.world.violate("S8", `${what} runs, delivered again after it was answered`)
  }

  private checkRepeated(
    { executions, deliveries, isDoubled, sent }: Told,
    by: Life,
    attempt: number,
    what: string
  ): void {
    const before = executions.find((one) => one.attempt === attempt)
    if (before === undefined || isDoubled || (sent.get(attempt) ?? 0) > 1) return
    const { life } = before
    if (life.isOver) return
    // A machine that stood still with the message in hand does not know that others have received it meanwhile.
    const isZombie = (one: Delivered) =>
      (one.life === by || one.life === life) && one.pauses !== one.life.machine.pauses
    if (deliveries.some(isZombie)) return
    // A claim that cannot be renewed is lost.
    for (const cell of this.world.faults.coverage.keys()) if (cell.startsWith("StepQueue.renew ")) return
    throw this.world.violate("S8", `${what} runs again, and ${life.name}, which ran it, is well`)
  }

  private told(runId: string, key: string): Told {
    const id = `${runId} ${key}`
    const known = this.steps.get(id)
    if (known !== undefined) return known
    const fresh: Told = {
      executions: [],
      deliveries: [],
      sent: new Map(),
      isDoubled: false,
      answeredAt: undefined,
      sentAt: undefined
    }
    this.steps.set(id, fresh)
    return fresh
  }
}
