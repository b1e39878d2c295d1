import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import * as Result from "effect/Result"
import * as Schedule from "effect/Schedule"
import type { AnyStream, Emitting } from "../../actor/definitions/definition.ts"
import { StreamEnded } from "../../actor/errors.ts"
import { keyInRun, parseAddress } from "../../actor/history/generation.ts"
import { type EmitError, emitTooLong, emitUnfit, maxValueLength } from "../../actor/history/output/emitted.ts"
import { OutputChunks, streamRun } from "../../store/beside/outputChunks.ts"
import { RunTable } from "../../store/runTable.ts"
import type { ExecutionRequest } from "./execution.ts"
import { OutputLane } from "./outputLane.ts"

/** Few steps emit. */
export class LazyOutput {
  private readonly request: ExecutionRequest
  private readonly services: Context.Context<never>
  private made: StepOutput | undefined
  private isSealed = false

  constructor(request: ExecutionRequest, services: Context.Context<never>) {
    this.request = request
    this.services = services
  }

  get output(): StepOutput {
    this.made ??= new StepOutput(this.request, this.services, this.isSealed)
    return this.made
  }

  /** The execution is over and has emitted nothing: what its code still emits is not taken. */
  seal(): void {
    this.isSealed = true
  }

  get isUsed(): boolean {
    return this.made !== undefined
  }

  /** Of an execution that has emitted. */
  get execution(): string | undefined {
    return this.made?.execution
  }

  end(): Effect.Effect<EmitError | undefined> {
    return this.made?.end() ?? Effect.succeed(undefined)
  }
}

/** What one execution of a step emits, a lane for each stream. Made when its code first emits. */
export class StepOutput {
  private readonly request: ExecutionRequest
  private readonly services: Context.Context<never>
  private readonly lanes = new Map<string, OutputLane>()
  private isOver: boolean
  /** Tells this execution from others of its step. Undefined before it has emitted. */
  execution: string | undefined

  constructor(request: ExecutionRequest, services: Context.Context<never>, isOver: boolean) {
    this.request = request
    this.services = services
    this.isOver = isOver
  }

  readonly emit = (stream: AnyStream, value: unknown): Emitting<never> =>
    this.awaitable(Effect.orDie(this.add(stream, value)))

  readonly emitOrFail = (stream: AnyStream, value: unknown): Emitting<EmitError> =>
    this.awaitable(this.add(stream, value))

  /**
   * Nothing more is taken; returns when all that was is in the streams, or with why some of it never will be.
   */
  end(): Effect.Effect<EmitError | undefined> {
    this.isOver = true
    const { onWait = () => undefined } = this.request
    const ended = Effect.forEach([...this.lanes.values()], (lane) => lane.end(onWait), { concurrency: "unbounded" })
    return Effect.map(ended, (refused) => refused.find((one) => one !== undefined)).pipe(
      // The worker shuts down, and the step is handed back: what was not written is not.
      Effect.onInterrupt(() => Effect.sync(() => this.lanes.forEach((lane) => void lane.stop())))
    )
  }

  private add(stream: AnyStream, value: unknown): Effect.Effect<void, EmitError> {
    return Effect.suspend(() => {
      const { streamName: name } = stream
      if (this.isOver) return Effect.fail(over(name))
      const encoded = stream.codec().encode(value)
      if (Result.isFailure(encoded)) return Effect.fail(emitUnfit(name, encoded.failure))
      const { json } = encoded.success.payload
      if (json.length > maxValueLength) return Effect.fail(emitTooLong(name, json.length, maxValueLength))
      return Effect.flatMap(this.lane(stream), (lane) => lane.add(json))
    })
  }

  private lane(stream: AnyStream): Effect.Effect<OutputLane> {
    return Effect.suspend(() => {
      const known = this.lanes.get(stream.streamName)
      if (known !== undefined) return Effect.succeed(known)
      return Effect.map(Effect.zip(this.named(), this.streamRun()), ([execution, runId]) => {
        const made = this.lanes.get(stream.streamName) ?? this.newLane(stream, execution, runId)
        this.lanes.set(stream.streamName, made)
        return made
      })
    })
  }

  private named(): Effect.Effect<string> {
    return Effect.map(Effect.provideContext(Random.next, this.services), (random) => {
      this.execution ??= `${this.request.attempt}-${Math.floor(random * 36 ** 8).toString(36)}`
      return this.execution
    })
  }

  /** Of a run that was started once, or is in its first generation, no look at the store is needed. */
  private streamRun(): Effect.Effect<string> {
    const { runId } = this.request
    const table = Context.getOption(this.services, RunTable)
    if (parseAddress(runId).generation === 0 || Option.isNone(table)) return Effect.succeed(streamRun(runId))
    const start = table.value
      .readMessage(runId, "start")
      .pipe(Effect.retry({ schedule: Schedule.exponential("100 millis"), times: 8 }), Effect.orDie)
    return Effect.map(start, (row) => streamRun(runId, row?.kind === "start" ? row.continues?.since : undefined))
  }

  private newLane({ streamName: name, flushEveryMs }: AnyStream, execution: string, streamOf: string): OutputLane {
    const { key, runId } = this.request
    const chunks = Option.getOrThrowWith(
      Context.getOption(this.services, OutputChunks),
      () => new Error(`the store of this host has no output streams: step ${key} cannot emit to ${name}`)
    )
    return new OutputLane({
      chunks,
      stream: { runId: streamOf, name },
      step: { key: keyInRun(runId, key), execution },
      flushEveryMs,
      services: this.services
    })
  }

  /** An Effect that an async function may await. Nothing is emitted before either happens. */
  private awaitable<E>(effect: Effect.Effect<void, E>): Emitting<E> {
    const { services } = this
    return Object.create(effect, {
      // biome-ignore lint/suspicious/noThenProperty: it is meant to be awaited, where step code is an async function.
      then: {
        value: (...handlers: Parameters<Promise<void>["then"]>) =>
          Effect.runPromiseWith(services)(effect).then(...handlers)
      }
    })
  }
}

const over = (stream: string): StreamEnded =>
  new StreamEnded({
    stream,
    message: `this execution of the step has come to its end: what its code still emits to stream ${stream} is not taken`
  })
