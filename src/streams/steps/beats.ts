import type * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { AnyStep } from "../../actor/definitions/definition.ts"
import type { InlinePayload } from "../../actor/values/payload.ts"

/**
 * The heartbeats of one execution. They are noted at once, where the code runs; what writes their details down for others does so beside it, and not
 * with each.
 */
export class Beats {
  /** What the executions before told last. */
  readonly before: unknown
  /** What this one has told last, and nobody has written down yet. */
  private told: InlinePayload | undefined
  private lastAt: number
  private isOver = false
  private wasSilent = false
  private readonly step: AnyStep
  private readonly heartbeatMs: number
  private readonly clock: Clock.Clock

  constructor(step: AnyStep, heartbeatMs: number, before: unknown, clock: Clock.Clock) {
    this.step = step
    this.heartbeatMs = heartbeatMs
    this.before = before
    this.clock = clock
    this.lastAt = clock.currentTimeMillisUnsafe()
  }

  /** What `context.heartbeat` is. Throws if the details do not fit: a mistake of the code that calls it. */
  readonly beat = (details?: unknown): Effect.Effect<void> => {
    if (this.isOver) return Effect.void
    this.listen()
    if (details !== undefined) this.told = this.encoded(details)
    return Effect.void
  }

  private encoded(details: unknown): InlinePayload {
    const { details: codec, stepName } = this.step
    if (codec === undefined)
      throw new TypeError(
        `step ${stepName} has no schema for the details of its heartbeats: give it one as \`details\``
      )
    const encoded = codec().encode(details)
    if (Result.isSuccess(encoded)) return encoded.success.payload
    throw new TypeError(`details of a heartbeat of step ${stepName} do not fit their schema: ${encoded.failure}`)
  }

  /** Details that are to be written down, if there are some. Whoever takes them has written them, or gives them back. */
  take(): InlinePayload | undefined {
    const { told } = this
    this.told = undefined
    return told
  }

  giveBack(details: InlinePayload): void {
    this.told ??= details
  }

  /** Nothing that is told from now on counts. */
  end(): void {
    if (!this.isOver) this.listen()
    this.isOver = true
  }

  /** It was silent for too long, if only by the clock of its code: one in virtual time takes no time for it. */
  get hasMissed(): boolean {
    return this.wasSilent
  }

  private listen(): void {
    const now = this.clock.currentTimeMillisUnsafe()
    if (now - this.lastAt > this.heartbeatMs) this.wasSilent = true
    this.lastAt = now
  }

  /** Ends when the code has been silent for too long. */
  readonly missed: Effect.Effect<"heartbeat"> = Effect.suspend(() => {
    const silentMs = this.clock.currentTimeMillisUnsafe() - this.lastAt
    if (silentMs >= this.heartbeatMs) return Effect.succeed("heartbeat" as const)
    // A clock that was put back must not make it longer.
    return Effect.andThen(Effect.sleep(Math.min(this.heartbeatMs, this.heartbeatMs - silentMs)), this.missed)
  })
}
