import * as Effect from "effect/Effect"
import { expireUnbegun } from "../../src/actor/calls/expireUnbegun.ts"
import type { StepContext } from "../../src/actor/definitions/definition.ts"
import { type Head, isStepWanted, isTerminal } from "../../src/actor/history/head.ts"
import type { Message } from "../../src/actor/history/message.ts"
import type { StepMark } from "../../src/store/beside/stepMarks.ts"
import type { SimulatedQueue } from "../services/simulatedQueue.ts"
import type { SimulatedStepMarks, StepMarksObserver } from "../services/simulatedStepMarks.ts"
import type { SimulatedTable, TableObserver } from "../services/simulatedTable.ts"
import { retryInitialMs } from "../workload/feature.ts"
import { heartbeatMs } from "../workload/features/steps.ts"
import type { StepWatch } from "../workload/stepWatch.ts"
import { type Life, maxSkewMs } from "../world/machine.ts"
import type { World } from "../world/world.ts"

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
}

/** A commit's answer, and a look: what is stopped at once, and what at the next look. */
const atOnceMs = 5_000
/** Of hosts: how long they hide a message. */
const claimMs = 10_000
const expiring = `${expireUnbegun.stepName}:`
const atLookMs = 25_000

/**
 * S26: no attempt of a step that is begun at most once is begun twice, and none of one that nobody has begun in time. What heartbeats tell never goes back, and the
 * next execution knows all that was told by one that came to its end. Code is stopped where nobody waits for it, and only there.
 */
export class StepInvariants implements StepMarksObserver, TableObserver {
  private readonly world: World
  private readonly table: SimulatedTable
  private readonly marks: SimulatedStepMarks
  private readonly queue: SimulatedQueue
  private readonly executions = new Map<string, Array<Execution>>()

  constructor(world: World, table: SimulatedTable, marks: SimulatedStepMarks, queue: SimulatedQueue) {
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
    const { attempt, lastDetails, runId } = context
    const id = `${runId} ${key}`
    const before = this.executions.get(id) ?? []
    const what = `${key} of ${runId}, attempt ${attempt},`
    if (name === "once" && before.some((one) => one.attempt === attempt))
      throw world.violate("S26", `${what} is begun twice`)
    const careless = before.find((one) => one.attempt < attempt && one.end === undefined && this.isWell(one))
    // Only the claim on its message, or half of it, says that a worker is gone; and then there is the delay before the next attempt.
    const isTooSoon =
      name === "once" &&
      careless !== undefined &&
      world.now - careless.begunAt < claimMs / 2 + retryInitialMs - 2 * maxSkewMs
    if (careless !== undefined && (isTooSoon || !this.hasComeTwice(id)))
      throw world.violate(
        "S26",
        `${what} is begun, and attempt ${careless.attempt} is under way in ${careless.life.name}`
      )
    if (this.marks.of(runId, key)?.expired === true)
      throw world.violate("S26", `${what} is begun, and nobody may begin it any more`)
    const last = before.filter((one) => one.end === "failed" && one.attempt < attempt && this.isWell(one)).at(-1)
    if (name === "beats" && last?.told !== undefined && (lastDetails ?? 0) < last.told)
      throw world.violate("S26", `${what} is told ${lastDetails}, and the last to end had told ${last.told}`)
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
      end: undefined
    }
    this.executions.set(id, [...before, one])
    if (name === "beats") this.watchSilence(one)
    return one
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
      const hiddenMs = this.queue.hiddenMs(one.runId, one.key)
      if (hiddenMs !== undefined && hiddenMs > heartbeatMs + 100 && !this.isHandled("StepQueue.renew"))
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

  private ends(one: Execution, hasSucceeded: boolean, { aborted, reason }: AbortSignal): void {
    const { world } = this
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

  marked(runId: string, stepKey: string, mark: StepMark, before: StepMark | undefined): void {
    const what = `${stepKey} of ${runId}`
    if (before?.expired === true || (mark.expired === true && before !== undefined))
      throw this.world.violate("S26", `the mark of ${what} decides twice`)
    if (doneOf(mark) < doneOf(before)) throw this.world.violate("S26", `${what} goes back to ${doneOf(mark)}`)
    if (before !== undefined && before.token !== mark.token && before.attempt > mark.attempt)
      throw this.world.violate("S26", `${what} is begun in attempt ${mark.attempt}, after ${before.attempt}`)
  }

  /** Who commits that nobody waits for a step any more stops it at once, others when they look. */
  headWritten(runId: string, _before: Head | undefined, head: Head, by: string): void {
    for (const [id, executions] of this.executions) {
      if (!id.startsWith(`${runId} `)) continue
      for (const one of executions) {
        if (one.end !== undefined || isStepWanted(head, { index: 0, key: one.key })) continue
        const { life } = one
        const withinMs = life.name === by && !isTerminal(head.status) ? atOnceMs : atLookMs
        this.world.later(withinMs, () => {
          if (one.end !== undefined || !this.isWell(one) || this.isHandled("StepQueue.renew", "RunTable.readHead"))
            return
          this.world.violate("S26", `${one.what} runs on in ${life.name}, ${withinMs} ms after nobody waits for it`)
        })
      }
    }
  }

  rowPut(runId: string, row: Message): void {
    if (row.kind !== "step" || !row.key.startsWith(expiring) || !("json" in row.outcome.payload)) return
    const key = row.key.slice(expiring.length).replace("%23", "#")
    if (row.outcome.payload.json === "true" && this.marks.of(runId, key)?.expired !== true)
      throw this.world.violate("S26", `${key} of ${runId} is given up for not being begun, and it was`)
  }

  segmentPut(): void {}

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
