import * as Clock from "effect/Clock"
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Random from "effect/Random"
import { StreamEnded, StreamFull } from "../../actor/errors.ts"
import { type EmitError, maxStreamValues, maxValueLength } from "../../actor/history/output/emitted.ts"
import { StepAppender } from "../../store/beside/appendOutput.ts"
import type { ChunkSource, OutputChunks, OutputStream } from "../../store/beside/outputChunks.ts"

export interface OutputLaneOptions {
  readonly chunks: OutputChunks["Service"]
  readonly stream: OutputStream
  readonly step: Omit<Extract<ChunkSource, { readonly kind: "step" }>, "kind" | "index">
  readonly flushEveryMs: number
  readonly services: Context.Context<never>
}

/**
 * From an execution of a step to a stream: values wait here until they are written, as many together as there are, and one write at a
 * time. Whoever emits waits while there are more than a chunk holds.
 */
export class OutputLane {
  private readonly options: OutputLaneOptions
  private readonly appender: StepAppender
  private waiting: Array<string> = []
  private length = 0
  private refused: EmitError | undefined
  private writer: Fiber.Fiber<void> | undefined
  private writtenAt = Number.NEGATIVE_INFINITY
  private isEnding = false
  private isAway = false
  private onWait: (() => void) | undefined
  /** Who waits for room, or for the end. */
  private watchers: Array<() => void> = []

  constructor(options: OutputLaneOptions) {
    this.options = options
    this.appender = new StepAppender(options.chunks, options.stream, options.step)
  }

  add(json: string): Effect.Effect<void, EmitError> {
    return Effect.suspend(() => {
      if (this.refused !== undefined) return Effect.fail(this.refused)
      this.waiting.push(json)
      this.length += json.length
      this.write()
      if (!this.isFull) return Effect.void
      const room = this.until(() => !this.isFull)
      // There is a whole chunk: nothing is gained by a writer that keeps its distance.
      return Effect.andThen(this.hurry(), room)
    })
  }

  end(onWait: () => void): Effect.Effect<EmitError | undefined> {
    return Effect.suspend(() => {
      this.isEnding = true
      this.onWait = onWait
      if (this.isAway) onWait()
      // A writer that keeps its distance to the write before is replaced by one that does not.
      return Effect.andThen(
        this.hurry(),
        Effect.map(Effect.result(this.until(() => this.waiting.length === 0)), () => this.refused)
      )
    })
  }

  stop(): void {
    this.waiting = []
    this.writer?.interruptUnsafe()
  }

  private get isFull(): boolean {
    return this.length > maxValueLength || this.waiting.length > mostWaiting
  }

  private until(isSo: () => boolean): Effect.Effect<void, EmitError> {
    return Effect.callback<void, EmitError>((resume) => {
      const look = () => {
        if (this.refused !== undefined) resume(Effect.fail(this.refused))
        else if (isSo()) resume(Effect.void)
        else this.watchers.push(look)
      }
      look()
      return Effect.sync(() => {
        this.watchers = this.watchers.filter((one) => one !== look)
      })
    })
  }

  private tell(): void {
    const { watchers } = this
    this.watchers = []
    for (const look of watchers) look()
  }

  private isPausing = false

  private hurry(): Effect.Effect<void> {
    return Effect.suspend(() => {
      const { writer } = this
      if (writer === undefined || !this.isPausing) return Effect.void
      return Effect.andThen(
        Fiber.interrupt(writer),
        Effect.sync(() => this.write())
      )
    })
  }

  private write(): void {
    if (this.writer !== undefined || this.waiting.length === 0) return
    const writer = Effect.runForkWith(this.options.services)(this.writing())
    this.writer = writer
    writer.addObserver(() => {
      if (this.writer === writer) this.writer = undefined
      this.write()
    })
  }

  private readonly writing = (): Effect.Effect<void> =>
    Effect.gen({ self: this }, function* () {
      while (this.waiting.length > 0) {
        const pauseMs = this.writtenAt + this.options.flushEveryMs - (yield* Clock.currentTimeMillis)
        if (pauseMs > 0 && !this.isEnding && !this.isFull) {
          this.isPausing = true
          yield* Effect.ensuring(
            Effect.sleep(pauseMs),
            Effect.sync(() => {
              this.isPausing = false
            })
          )
        }
        yield* this.writeOnce()
        this.tell()
      }
    })

  private readonly writeOnce = () =>
    Effect.gen({ self: this }, function* () {
      this.writtenAt = yield* Clock.currentTimeMillis
      for (let attempt = 1; ; attempt++) {
        const result = yield* Effect.result(this.appender.append(this.waiting, maxStreamValues))
        if (result._tag === "Success") {
          this.isAway = false
          return this.written(result.success)
        }
        const { message, operation } = result.failure
        this.isAway = true
        this.onWait?.()
        const { name, runId } = this.options.stream
        yield* Effect.logWarning(
          `the store is away (${operation}: ${message}); stream ${name} of run ${runId} waits, attempt ${attempt}`
        )
        const half = Math.min(50 * 2 ** Math.min(attempt - 1, 20), 5_000) / 2
        yield* Effect.sleep(Math.round(half + (yield* Random.next) * half))
      }
    })

  private written(answer: number | "ended" | "full"): void {
    const count = typeof answer === "number" ? answer : this.waiting.length
    if (answer === "ended") this.refused = endedBefore(this.options.stream.name)
    if (answer === "full") this.refused = full(this.options.stream.name)
    for (const value of this.waiting.splice(0, count)) this.length -= value.length
  }
}

/** Small values: what is in memory is not their text alone. */
const mostWaiting = 1_000

const endedBefore = (stream: string): StreamEnded =>
  new StreamEnded({ stream, message: `the run has ended, and stream ${stream} with it: nobody reads what comes now` })

const full = (stream: string): StreamFull =>
  new StreamFull({
    stream,
    message: `stream ${stream} has ${maxStreamValues} values, the most of one run: emit fewer and larger ones, or to another stream`
  })
