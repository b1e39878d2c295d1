import * as Effect from "effect/Effect"
import { runIdOf } from "../../src/actor/history/generation.ts"
import { isTerminal } from "../../src/actor/history/head.ts"
import type { Act } from "../acts/act.ts"
import type { CopyInvariants } from "../invariants/copies/copyInvariants.ts"
import type { StartInvariants } from "../invariants/starts/startInvariants.ts"
import type { SimulatedTable } from "../services/simulatedTable.ts"
import type { World } from "../world/world.ts"
import type { Wish } from "./wish.ts"

interface On {
  readonly world: World
  readonly table: SimulatedTable
  readonly starts: StartInvariants
  readonly copies: CopyInvariants
}

/** Deletions that clients ask for, and what is to be told of runs that are deleted: that there is none. */
export class Deletes {
  private readonly on: On

  constructor(on: On) {
    this.on = on
  }

  /** `child`: of those that the run has started by then, in the order of their ids. */
  runOf(runId: string, child: number | null): string | undefined {
    if (child === null) return runId
    const all = new Set([...this.on.table.runIds()].map(runIdOf).filter((one) => one.startsWith(`${runId}:`)))
    return [...all].sort()[child % Math.max(all.size, 1)]
  }

  /** `refused`: it goes on, or may. */
  actOf(runId: string, refused: () => void): Act & { readonly runId: string } & Pick<Wish, "isBounded"> {
    const { table, world } = this.on
    return {
      what: `delete ${runId}`,
      runId,
      // Asked again, it is answered as the first time.
      isBounded: true,
      ask: (client) =>
        Effect.matchEffect(client.delete(runId, { scrub: false }), {
          onSuccess: ({ deletedAt, takenUntil }) => {
            const grave = table.graves.of(runId)
            if (grave?.isDecided !== true)
              throw world.violate("S34", `${runId} was deleted, its client is told: it is there`)
            if (deletedAt !== grave.at || takenUntil !== grave.until)
              throw world.violate(
                "S34",
                `${runId} was deleted at ${grave.at} until ${grave.until}, and a client is told another time`
              )
            return Effect.void
          },
          onFailure: (error) => {
            if (error._tag === "RunNotEnded") refused()
            return Effect.fail(error)
          }
        }),
      judge: () => {
        const wasThere = table.row(runId, "start") !== undefined
        const couldBe = this.canBe(runId)
        return (error) =>
          error === "RunNotEnded" ? !couldBe || !this.canBe(runId) : error === "RunNotFound" && !wasThere
      }
    }
  }

  /** A message that was on its way as its run was deleted, which had ended before: who has sent it had looked before that. Starts, retries and resets are looked for again. */
  isGoneWith(runId: string, key: string): boolean {
    const grave = this.on.table.graves.of(runId)
    return (
      grave !== undefined &&
      !/^(?:restart|repair)\//.test(key) &&
      [...grave.late].some((what) => what.startsWith(`rows ${key} of `))
    )
  }

  /** Nothing speaks against it. */
  private canBe(runId: string): boolean {
    const { copies, starts, table } = this.on
    const head = table.head(table.newest(runId))
    const isAsked = starts.pendingOf(runId).length + copies.pendingOf(runId).length > 0
    return head !== undefined && isTerminal(head.status) && head.notices !== true && !isAsked
  }

  /** With the answer to a wish, as it is asked: who asks for a run that is deleted is told so, and nothing else. */
  judge({ isBounded = false, judge, runId, what }: Wish): (error: string | undefined) => boolean {
    const { table, world } = this.on
    const isRight = judge()
    const about = () => (typeof runId === "function" ? runId() : runId)
    const before = about()
    const wasGone = before !== undefined && table.graves.of(before)?.isDecided === true
    return (error) => {
      const id = about()
      if (error === undefined) {
        if (wasGone && id === before && !isBounded)
          throw world.violate("S34", `"${what}" was granted, and ${id} was deleted before`)
        return true
      }
      const isGone = error === "RunNotFound" || error === "RunDeleted"
      return isRight(error) || (isGone && id !== undefined && table.graves.touches(runIdOf(id)))
    }
  }
}
