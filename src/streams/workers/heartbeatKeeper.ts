import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { type StepMark, StepMarks } from "../../store/beside/stepMarks.ts"
import { offload } from "../../store/payloads.ts"
import { type Delivery, StepQueue, type StepRequest } from "../../store/stepQueue.ts"
import { insist } from "../fairness/backoff.ts"
import type { Beats } from "../steps/beats.ts"

/** Of the time of a heartbeat: details are written down ten times in it at most, and the claim is renewed three times. */
const flushesPerHeartbeat = 10
const renewalsPerHeartbeat = 3

/** What one execution tells by its heartbeats, and the claim on its message, which lasts for a heartbeat at a time. */
export class HeartbeatKeeper {
  private readonly delivery: Delivery
  private readonly message: StepRequest
  private readonly heartbeatMs: number
  private beats: Beats | undefined
  /** The mark as this execution has written it last. Undefined: there is none, or another one has begun since, and what this one tells does not count. */
  private mark: StepMark | undefined

  constructor(delivery: Delivery, message: StepRequest, heartbeatMs: number, mark: StepMark | undefined) {
    this.delivery = delivery
    this.message = message
    this.heartbeatMs = heartbeatMs
    this.mark = mark
  }

  readonly listenTo = (beats: Beats): void => {
    this.beats = beats
  }

  /** Never ends. `onRenewed` is called with each renewal. */
  readonly keepClaim = (onRenewed: () => void) =>
    Effect.gen({ self: this }, function* () {
      const queue = yield* StepQueue
      for (;;) {
        yield* Effect.ignore(queue.renew(this.delivery, this.heartbeatMs))
        onRenewed()
        yield* Effect.sleep(this.heartbeatMs / renewalsPerHeartbeat)
      }
    })

  /** Never ends. A store that is away is asked again with the next. */
  readonly writeDown = Effect.suspend(() =>
    Effect.forever(
      Effect.andThen(Effect.sleep(Math.max(1, this.heartbeatMs / flushesPerHeartbeat)), Effect.ignore(this.flush))
    )
  )

  /** The next execution is to know all that this one has told. */
  readonly lastWords = Effect.suspend(() => insist(`step ${this.message.key} of run ${this.message.runId}`, this.flush))

  private readonly flush = Effect.suspend(() => {
    const details = this.beats?.take()
    const { beats, mark } = this
    if (beats === undefined || details === undefined || mark === undefined) return Effect.void
    const { key, runId } = this.message
    return Effect.onExit(
      Effect.gen({ self: this }, function* () {
        const marks = yield* StepMarks
        const at = yield* Clock.currentTimeMillis
        let next: StepMark = { ...mark, version: mark.version + 1, at, details: yield* offload(details, runId) }
        for (;;) {
          const there = yield* marks.write(runId, key, next)
          if (there === undefined || there.token !== mark.token) {
            this.mark = there === undefined ? next : undefined
            return
          }
          // An earlier write of ours whose answer was lost.
          next = { ...next, version: there.version + 1 }
        }
      }),
      (exit) => Effect.sync(() => (exit._tag === "Failure" ? beats.giveBack(details) : undefined))
    )
  })
}
