import * as Effect from "effect/Effect"
import { expireUnbegun } from "../../src/actor/calls/expireUnbegun.ts"
import type { StepContext } from "../../src/actor/definitions/definition.ts"
import { type Head, isStepWanted } from "../../src/actor/history/head.ts"
import type { Message } from "../../src/actor/history/message.ts"
import type { StepMark } from "../../src/store/beside/stepMarks.ts"
import { forgetRun } from "../services/deletion/forgetRun.ts"
import type { SimulatedQueue } from "../services/simulatedQueue.ts"
import type { SimulatedStepMarks, StepMarksObserver } from "../services/simulatedStepMarks.ts"
import type { SimulatedTable, TableObserver } from "../services/simulatedTable.ts"
import { addressOfStep } from "../workload/addressOfStep.ts"
import { retryInitialMs } from "../workload/feature.ts"
import { heartbeatMs } from "../workload/features/steps.ts"
import type { StepWatch } from "../workload/stepWatch.ts"
import { type Life, maxSkewMs } from "../world/machine.ts"
import type { World } from "../world/world.ts"
import type { CopyInvariants } from "./copies/copyInvariants.ts"

interface Execution {
  readonly what: string
  readonly runId: string
  readonly key: string
  readonly attempt: number
  readonly life: Life
  /** Of its machine, when it began. */
  readonly pauses: number
  readonly lastDetails: number | undefined
  readonly begunAt: number
  beatAt: number
  told: number | undefined
  /** Undefined: it is under way, or its machine has died. */
  end: "succeeded" | "failed" | "stopped" | "handed back" | undefined
  endedAt: number
}

/** A mark that says that an attempt begins. */
interface Beginning {
  readonly token: string
  readonly attempt: number
  readonly life: Life
  /** By its writer's clock. */
  readonly at: number
}

/** With the answer to a commit, and all that follows it. */
const atOnceMs = 1_000
/** Half of a claim, and the look. */
const atLookMs = 12_000
/** Whose trouble keeps a host from going on right after its commit. */
const afterCommit = [
  "RunTable.commitHead lostAnswer",
  "RunTable.put",
  "Replies.",
  "OutputChunks.",
  "Timers.",
  "StepQueue.complete"
]
/** Of hosts: how long they hide a message. */
const claimMs = 10_000
const expiring = `${expireUnbegun.stepName}:`

/**
 * S26: no attempt of a step that is begun at most once is begun twice, and none of one that nobody has begun in time. What heartbeats tell never goes back, and the
 * next attempt knows all that was told by the last execution of the one before, if that came to its end. Code is stopped where nobody waits for it, and only there.
 */
export class StepInvariants implements StepMarksObserver, TableObserver {
  private readonly world: World
  private readonly table: SimulatedTable
  private readonly marks: SimulatedStepMarks
  private readonly queue: SimulatedQueue
  private readonly executions = new Map<string, Array<Execution>>()
  private readonly beginnings = new Map<string, Array<Beginning>>()

  private readonly copies: CopyInvariants

  constructor(
    world: World,
    table: SimulatedTable,
    marks: SimulatedStepMarks,
    queue: SimulatedQueue,
    copies: CopyInvariants
  ) {
    this.copies = copies
    this.world = world
    this.table = table
    this.marks = marks
    this.queue = queue
    marks.observer = this
    table.observe(this)
  }

  /** For steps that run in this process. `begins`: what else is to be known of that. */
  watch(life: Life, begins: (name: string, context: StepContext<number>, key: string) => void): StepWatch {
    return {
      execute: (name, context, code) =>
        Effect.suspend(() => {
          const key = context.idempotencyKey.slice(context.idempotencyKey.indexOf("/") + 1)
          begins(name, context, key)
          const one = this.begins(life, name, context, key)
          const tell = (done: number) => this.tells(one, done)
          const pause = (forMs: number) =>
            Effect.andThen(Effect.orDie(this.world.call(life, `step ${name}`, () => undefined)), Effect.sleep(forMs))
          return Effect.onExit(code(tell, pause), (exit) =>
            Effect.sync(() => this.ends(one, exit._tag === "Success", context.signal))
          )
        })
    }
  }

  private begins(life: Life, name: string, context: StepContext<number>, key: string): Execution {
    const { world } = this
    const { attempt, lastDetails } = context
    const runId = addressOfStep(context)
    const id = `${runId} ${key}`
    const before = this.executions.get(id) ?? []
    const what = `${key} of ${runId}, attempt ${attempt},`
    if (name === "once" && before.some((one) => one.attempt === attempt))
      throw world.violate("S26", `${what} is begun twice`)
    const careless = before.find((one) => one.attempt < attempt && one.end === undefined && this.isWell(one))
    // Only the claim on its message, or half of it, says that a worker is gone; and then there is the delay before the next attempt. It counts from
    // the mark: that its writer has the answer late, and begins late, nobody knows.
    const markedAt = this.beginnings.get(id)?.find((one) => one.attempt === careless?.attempt)?.at ?? 0
    const isTooSoon =
      name === "once" && careless !== undefined && world.now - markedAt < claimMs / 2 + retryInitialMs - 2 * maxSkewMs
    if (careless !== undefined && (isTooSoon || !this.hasComeTwice(id)))
      throw world.violate(
        "S26",
        `${what} is begun, and attempt ${careless.attempt} is under way in ${careless.life.name}`
      )
    if (this.marks.of(runId, key)?.expired === true)
      throw world.violate("S26", `${what} is begun, and nobody may begin it any more`)
    const told = name === "beats" ? this.lastTold(id, attempt) : 0
    if ((lastDetails ?? 0) < told)
      throw world.violate("S26", `${what} is told ${lastDetails}, and the attempt before had told ${told}`)
    const { pauses } = life.machine
    const one: Execution = {
      what,
      runId,
      key,
      attempt,
      life,
      pauses,
      lastDetails,
      begunAt: world.now,
      beatAt: world.now,
      told: undefined,
      end: undefined,
      endedAt: 0
    }
    this.executions.set(id, [...before, one])
    if (name === "beats") this.watchSilence(one)
    return one
  }

  /**
   * What is known of the attempts before, if the one that was begun last has come to its end: it has written down all of it. Of two that run one
   * attempt the one that began later is listened to.
   */
  private lastTold(id: string, attempt: number): number {
    const last = this.beginnings.get(id)?.findLast((one) => one.attempt < attempt)
    const those =
      this.executions.get(id)?.filter((one) => one.life === last?.life && one.attempt === last.attempt) ?? []
    const [one] = those
    return those.length === 1 && one?.end === "failed" && this.isWell(one) ? (one.told ?? 0) : 0
  }

  private tells(one: Execution, done: number): void {
    one.told = done
    one.beatAt = this.world.now
    if (one.end === undefined && this.isWell(one)) this.world.note(one.life.name, () => `${one.what} tells ${done}`)
  }

  /** Code that says nothing is not waited for, and others find out in as much time that its worker is gone. */
  private watchSilence(one: Execution): void {
    const { world } = this
    world.later(1_500, () => {
      if (one.end !== undefined || !this.isWell(one)) return
      const hiddenMs = this.claimMs(one)
      if (hiddenMs > heartbeatMs + 100 && !this.isHandled("StepQueue.renew"))
        world.violate("S26", `${one.what} is under way, and its message hidden for ${hiddenMs} ms`)
    })
    const look = () => {
      if (one.end !== undefined || !this.isWell(one)) return
      const silentMs = world.now - one.beatAt
      if (silentMs > 2 * heartbeatMs) world.violate("S26", `${one.what} has been silent for ${silentMs} ms`)
      else world.later(heartbeatMs, look)
    }
    world.later(heartbeatMs, look)
  }

  /**
   * For how long nobody else is given the message that is in its hands. Of a message that has come twice the claim is its last receiver's, and it is
   * made for a heartbeat when the code begins: one that has not come so far hides it as it does any message.
   */
  private claimMs({ attempt, key, life, runId }: Execution): number {
    const claims = this.queue.claims(runId, key).filter((claim) => claim.attempt === attempt)
    const received = claims.flatMap(({ receivers }) => receivers.filter((one) => one === life)).length
    const begun = this.executions.get(`${runId} ${key}`) ?? []
    if (begun.filter((one) => one.life === life && one.attempt === attempt).length < received) return 0
    const own = claims.filter(({ receivers }) => receivers.at(-1) === life)
    return own.length === 0 ? 0 : Math.min(...own.map(({ hiddenMs }) => hiddenMs))
  }

  private ends(one: Execution, hasSucceeded: boolean, { aborted, reason }: AbortSignal): void {
    const { world } = this
    one.endedAt = world.now
    const why = aborted && !hasSucceeded ? String((reason as Error).message) : ""
    if (why.includes("nobody waits")) one.end = "stopped"
    else if (why.includes("shuts down")) one.end = "handed back"
    else one.end = hasSucceeded ? "succeeded" : "failed"
    if (why !== "") world.note(one.life.name, () => `${one.what} is stopped: ${why}`)
    const head = this.table.head(one.runId)
    if (one.end === "stopped" && head !== undefined && isStepWanted(head, { index: 0, key: one.key }))
      throw world.violate("S26", `${one.what} is stopped, and its run waits for it`)
    const silentMs = world.now - one.beatAt
    if (why.includes("heartbeat") && silentMs < heartbeatMs - 2 * maxSkewMs)
      throw world.violate("S26", `${one.what} has failed by its heartbeat after ${silentMs} ms`)
  }

  marked(runId: string, stepKey: string, mark: StepMark, before: StepMark | undefined, life: Life): void {
    const what = `${stepKey} of ${runId}`
    const id = `${runId} ${stepKey}`
    const begun = this.beginnings.get(id) ?? []
    if (before?.token !== mark.token) {
      if (begun.some(({ token }) => token === mark.token))
        throw this.world.violate("S26", `${what} is told of by who was taken over from`)
      this.beginnings.set(id, [...begun, { token: mark.token, attempt: mark.attempt, life, at: mark.at }])
    }
    if (before?.expired === true || (mark.expired === true && before !== undefined))
      throw this.world.violate("S26", `the mark of ${what} decides twice`)
    if (doneOf(mark) < doneOf(before)) throw this.world.violate("S26", `${what} goes back to ${doneOf(mark)}`)
    if (before !== undefined && before.token !== mark.token && before.attempt > mark.attempt)
      throw this.world.violate("S26", `${what} is begun in attempt ${mark.attempt}, after ${before.attempt}`)
  }

  /** Who commits that nobody waits for a step any more stops it at once, others when they look. */
  headWritten(runId: string, before: Head | undefined, head: Head, by: string): void {
    for (const [id, executions] of this.executions) {
      if (!id.startsWith(`${runId} `)) continue
      for (const one of executions) {
        if (one.end !== undefined || isStepWanted(head, { index: 0, key: one.key })) continue
        const { life } = one
        // A host that parks the run, or finds what another has said, looks like others do.
        const isItsWord = life.name === by && before !== undefined && isStepWanted(before, { index: 0, key: one.key })
        const withinMs = isItsWord && !this.isHandled(...afterCommit) ? atOnceMs : atLookMs
        this.world.later(withinMs, () => {
          if (one.end !== undefined || !this.isWell(one) || this.isHandled("StepQueue.renew", "RunTable.readHead"))
            return
          this.world.violate("S26", `${one.what} runs on in ${life.name}, ${withinMs} ms after nobody waits for it`)
        })
      }
    }
  }

  rowPut(runId: string, row: Message): void {
    if (this.copies.isCopied(runId, row)) return
    if (row.kind !== "step" || !row.key.startsWith(expiring) || !("json" in row.outcome.payload)) return
    const key = row.key.slice(expiring.length).replace("%23", "#")
    if (row.outcome.payload.json === "true" && this.marks.of(runId, key)?.expired !== true)
      throw this.world.violate("S26", `${key} of ${runId} is given up for not being begun, and it was`)
  }

  segmentPut(): void {}

  forgotten(runId: string): void {
    forgetRun(this.executions, runId)
    forgetRun(this.beginnings, runId)
    this.marks.forget(runId)
  }

  /** Such code takes the time of a place in its host's hands, and others wait for it. */
  isBusySince(at: number): boolean {
    return [...this.executions.values()]
      .flat()
      .some((one) => (one.end === undefined && this.isWell(one)) || one.endedAt >= at)
  }

  /** Its machine has neither died nor stood still since. */
  private isWell({ life, pauses }: Execution): boolean {
    return !life.isOver && !life.isPaused && life.machine.pauses === pauses
  }

  /** What was refused, lost or slow in this schedule is reason enough. */
  private isHandled(...operations: ReadonlyArray<string>): boolean {
    for (const cell of this.world.faults.coverage.keys())
      if (operations.some((operation) => cell.startsWith(operation))) return true
    return false
  }

  private hasComeTwice(id: string): boolean {
    return this.queue.hasDoubled.has(id) || this.isHandled("StepQueue.", "Commits.")
  }
}

const doneOf = (mark: StepMark | undefined): number =>
  mark?.details !== undefined && "json" in mark.details ? Number(mark.details.json) : 0
