import * as Effect from "effect/Effect"
import { RunCancelled, RunNotFound } from "../../actor/errors.ts"
import { addressOf, parseAddress } from "../../actor/history/generation.ts"
import { isTerminal } from "../../actor/history/head.ts"
import type { Outcome } from "../../actor/history/outcome.ts"
import type { Newest } from "../../store/generations/newest.ts"
import { endOfStart, toBegin } from "../../store/generations/starts.ts"
import { RunTable } from "../../store/runTable.ts"
import { begunBy } from "./restart.ts"

export interface WaitOptions extends WhichStart {
  /** Fail with `RunParked` when the run is parked, instead of waiting until it goes on. Default false. */
  readonly failWhenParked?: boolean
}

/** Of a run that was started more than once. */
export interface WhichStart {
  /**
   * Of a run that was started more than once (`replace`, `afterFinish`): for the end of the start that this generation is of. Default: of the newest,
   * and for the client that has asked for a start: of that one.
   */
  readonly generation?: number
  /** As `generation`, for the start that was asked for by this request (`RunHandle.requestId`): it may be still to come. */
  readonly requestId?: string
}

/** The start that somebody waits for. */
export class SoughtStart {
  private readonly runId: string
  private readonly requestId: string | undefined
  private number: number | undefined

  constructor(runId: string, { generation, requestId }: WhichStart) {
    this.runId = runId
    this.requestId = requestId
    this.number = requestId === undefined ? generation : undefined
  }

  /** How it has ended, by the newest generation of the run. */
  readonly outcome = (newest: Newest) =>
    Effect.gen({ self: this }, function* () {
      if (this.number === undefined && this.requestId !== undefined) {
        this.number = yield* this.begun(this.requestId)
        if (this.number === undefined) return undefined
      }
      const { number } = this
      if (number !== undefined) {
        const ended = (yield* endOfStart(newest, number))?.head?.concluded
        if (ended !== undefined) return ended.outcome
        if (!(yield* this.hasBegun(newest, number))) return undefined
      }
      const outcome = newest.head?.outcome
      return outcome === undefined || outcome.tag === "continued" ? undefined : (outcome satisfies Outcome)
    })

  private begun(requestId: string) {
    const { runId } = this
    return Effect.flatMap(begunBy(runId, requestId), (begun) => {
      if (begun !== "superseded") return Effect.succeed(begun)
      const reason = "another start took its place before it began"
      const message = `the start ${requestId} of run ${runId} was cancelled: ${reason}`
      return Effect.fail(new RunCancelled({ runId, reason, message }))
    })
  }

  /** Not so where what has ended is of a generation before the one asked for: that may be still to come. */
  private readonly hasBegun = (newest: Newest, number: number) =>
    Effect.gen({ self: this }, function* () {
      const { generation } = parseAddress(newest.address)
      if (generation >= number) return true
      if (newest.head === undefined || !isTerminal(newest.head.status)) return false
      if ((yield* toBegin(newest)) !== newest) return false
      const { runId } = this
      // It may have begun since the run was looked at.
      if ((yield* (yield* RunTable).readMessage(addressOf(runId, number), "start")) !== undefined) return false
      const message = `run ${runId} has no generation ${number}: it has ended with generation ${generation}`
      return yield* new RunNotFound({ runId, message })
    })
}
