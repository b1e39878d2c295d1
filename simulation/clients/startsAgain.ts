import * as Effect from "effect/Effect"
import { addressOf, nextAddress } from "../../src/actor/history/generation.ts"
import { endOf } from "../../src/actor/history/head.ts"
import type { Client } from "../../src/client/client.ts"
import type { Act } from "../acts/act.ts"
import type { CopyInvariants } from "../invariants/copies/copyInvariants.ts"
import type { StartInvariants } from "../invariants/starts/startInvariants.ts"
import type { RunPlan } from "../plan.ts"
import type { SimulatedTable } from "../services/simulatedTable.ts"
import { rightModel } from "../workload/model.ts"
import { calmProgram } from "../workload/scenarios.ts"
import type { StartAgain } from "../workload/starts/startAgain.ts"
import type { World } from "../world/world.ts"

interface Seen {
  readonly world: World
  readonly table: SimulatedTable
  readonly starts: StartInvariants
  readonly copies: CopyInvariants
  readonly acknowledge: (runId: string, key: string) => Effect.Effect<void>
}

type ActAfter = Act & { readonly afterMs: number }

/** Starts that clients have asked for of runs that are there. */
export class StartsAgain {
  private readonly on: Seen
  readonly all: Array<{ readonly runId: string; readonly requestId: string }> = []

  /** `<run> <request>`, of those whose askers have had an answer. */
  readonly acknowledged = new Set<string>()

  constructor(on: Seen) {
    this.on = on
  }

  /** What is asked twice is one start. */
  actsOf(runId: string, run: RunPlan, again: StartAgain, requestId: string): ReadonlyArray<ActAfter> {
    const act = this.actOf(runId, run, again, requestId)
    return again.isRepeated ? [act, { ...act, afterMs: act.afterMs + 1_500 }] : [act]
  }

  private actOf(
    runId: string,
    { afterMs, program }: Pick<RunPlan, "afterMs" | "program">,
    { afterMs: againAfterMs, beginsAfterMs, isShort, maxMoreMs, policy, value }: StartAgain,
    requestId: string
  ): ActAfter {
    const { table, world } = this.on
    // Some of many come before the run is there.
    const at = (maxMoreMs === undefined ? afterMs : 0) + againAfterMs
    const input = { program: JSON.stringify(isShort ? calmProgram : program), value }
    const delay = beginsAfterMs ?? 0
    const window = { delay, ...(typeof maxMoreMs === "number" ? { maxDelay: delay + maxMoreMs } : {}) }
    const atTime = beginsAfterMs === null ? {} : { startAt: world.now + at + beginsAfterMs }
    const begins = policy === "debounce" ? window : atTime
    const first = () => {
      const row = table.row(runId, "start")
      return row?.kind === "start" ? row.request : undefined
    }
    this.all.push({ runId, requestId })
    return {
      what: `start ${runId} again, ${policy}, as ${requestId}`,
      afterMs: at,
      ask: (client) =>
        Effect.tap(client.start(rightModel.program, { runId, input, policy, requestId, ...begins }), () => {
          this.acknowledged.add(`${runId} ${requestId}`)
          return this.on.acknowledge(runId, first() === requestId ? "start" : `restart/${requestId}`)
        }),
      judge: () => (error) =>
        // It is kept.
        error === "RunParked"
          ? policy === "replace" && table.rowOfRun(runId, `restart/${requestId}`) !== undefined
          : error === "RunExists" && policy === "reject" && first() !== requestId
    }
  }

  /**
   * S33, once all is still: how each start has ended is told to whoever asks for it, or that another has taken the place of one that never began; and
   * how all before it ended.
   */
  ask(client: Client["Service"]) {
    return Effect.forEach(
      this.all,
      ({ requestId, runId }) => {
        const { copies, starts, table } = this.on
        if (table.graves.of(runId) !== undefined) return Effect.void
        const copied = copies.begunBy(runId, requestId)
        const number = copied === "superseded" ? undefined : (copied ?? starts.begunBy(runId, requestId))
        const isSuperseded = number === undefined && (copied !== undefined || starts.isOver(runId, requestId))
        // It may be parked for a reason that stands.
        const end = isSuperseded ? "superseded" : number === undefined ? undefined : this.endOf(runId, number)
        if (end === undefined) return Effect.void
        const what = `the start ${requestId} of ${runId}`
        const told = Effect.matchEffect(client.wait(rightModel.program, runId, { requestId }), {
          onSuccess: () => this.check(what, end, "succeeded"),
          onFailure: (error) => {
            if (error._tag === "StoreUnavailable") return Effect.fail(error)
            if (error._tag === "RunNotFound" && table.graves.of(runId) !== undefined) return Effect.void
            const isNone = error._tag === "RunCancelled" && error.message.includes("took its place before it began")
            return this.check(what, end, isNone ? "superseded" : tagsOfErrors[error._tag])
          }
        })
        return number === undefined || number === 0 ? told : Effect.andThen(told, this.askBefore(client, runId, number))
      },
      { discard: true }
    )
  }

  /** Has somebody asked for another start of it, that has not begun? */
  isToCome(runId: string): boolean {
    return this.pendingOf(runId).length > 0
  }

  private pendingOf(runId: string): ReadonlyArray<string> {
    return [...this.on.starts.pendingOf(runId), ...this.on.copies.pendingOf(runId)]
  }

  /** Does the run go on by a start whose asker had no answer when that was known? Until then it may be taken for ended. */
  isNewTo(known: ReadonlySet<string>, runId: string): boolean {
    const { table } = this.on
    const row = table.row(table.newest(runId), "start")
    const requests = row?.kind === "start" && row.request !== undefined ? [row.request] : this.pendingOf(runId)
    return requests.some((id) => !known.has(`${runId} ${id}`))
  }

  /** The generation that was over then. */
  private askBefore(client: Client["Service"], runId: string, number: number) {
    const generation = number - 1
    const head = this.on.table.head(addressOf(runId, generation))
    const is = head === undefined ? undefined : endOf(head)?.tag
    return Effect.matchEffect(client.get(runId, { generation }), {
      onSuccess: ({ outcome }) => this.check(`generation ${generation} of ${runId}`, is, outcome),
      // Deleted since: the heads of all its generations say so.
      onFailure: (error) =>
        error._tag === "RunNotFound" && this.on.table.graves.of(runId)?.isSettled === true
          ? Effect.void
          : Effect.fail(error)
    })
  }

  private check(what: string, is: string | undefined, told: string | undefined) {
    if (is === told || (is === "died" && told === "failed")) return Effect.void
    throw this.on.world.violate("S33", `${what} came to ${is}, and who asks is told ${told}`)
  }

  /** Of the start that begins with this generation. */
  private endOf(runId: string, number: number): string | undefined {
    for (let address = addressOf(runId, number); ; address = nextAddress(address)) {
      const head = this.on.table.head(address)
      if (head === undefined) return undefined
      const tag = endOf(head)?.tag
      if (tag !== "continued") return tag
    }
  }
}

const tagsOfErrors: Readonly<Record<string, string>> = {
  Declined: "failed",
  RunCancelled: "cancelled",
  RunDied: "died",
  RunTerminated: "terminated"
}
