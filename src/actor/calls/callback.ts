import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import {
  type CallbackAnswer,
  type CallbackDefinition,
  type CallbackOptions,
  type CallbackSlot,
  type CallbackTiming,
  defineCallback,
  type LateErrors
} from "../definitions/callbacks/callback.ts"
import { defineSystemStep } from "../definitions/callbacks/systemStep.ts"
import type { AnyStep, Step } from "../definitions/definition.ts"
import type { Run } from "../definitions/run.ts"
import { type RunPort, RunPortKey } from "../definitions/runPort.ts"
import { CallbackFailed, CallbackHeartbeatMissed, CallbackTimedOut } from "../errors.ts"
import { isA } from "../values/defect.ts"
import { fromPayload } from "../values/payload.ts"

/** A question that was put to somebody outside. */
export interface Callback<A, Err> {
  /**
   * Visible ASCII without "/", "+" and "=". Whoever has it may complete or fail the callback, once, and nothing else: give it to the one
   * who is to answer and to nobody else. It shows the run's id to those who look into it.
   */
  readonly token: string
  /** Where an answer is taken over HTTP: `POST <url>`. There if the store was told where its HTTP API is. */
  readonly url?: string
  /** Epoch milliseconds. Undefined: the token is good for as long as the run waits. */
  readonly expiresAt?: number
  /**
   * Waits for the answer. Can be asked for again, and always gives the same. An interrupted wait (`Effect.timeout`, a lost race) leaves
   * the callback open.
   */
  readonly receive: Effect.Effect<A, Err, Run>
  /** The same, with `CallbackFailed` in the error channel instead of as a defect. */
  readonly receiveOrFail: Effect.Effect<A, Err | CallbackFailed, Run>
  /** Nobody waits for it any more: who answers now is told so. */
  readonly close: Effect.Effect<void, never, Run>
}

export interface CallbackCall {
  /** Names the callback `<name>:<key>` instead of `<name>#<occurrence>`. As the `key` of a step; fails with `CallbackFailed`, as a defect. */
  readonly key?: string
}

/** Exists from here on, and has a token for whoever is to answer. Costs one write, and its share of a commit. */
interface MakeCallback {
  /**
   * @example
   * const approval = yield* callback("approval", { payload: Approval, timeout: "3 days" })
   * yield* askManager({ order, token: approval.token })
   * const { by } = yield* approval.receive
   */
  <A = Schema.Json, E = never, const Timing extends CallbackTiming = CallbackTiming>(
    name: string,
    options?: Omit<CallbackOptions<A, E>, keyof CallbackTiming> & Timing & CallbackCall
  ): Effect.Effect<Callback<A, E | LateErrors<Timing>>, never, Run>
  <Name extends string, A, E, Late>(
    definition: CallbackDefinition<Name, A, E, Late>,
    call?: CallbackCall
  ): Effect.Effect<Callback<A, E | Late>, never, Run>
}

/**
 * Makes a callback: `{ token, url, receive }`. The token goes to a person, a webhook or another system, and completing or failing it
 * (`client.completeCallback`, `client.failCallback`, or over HTTP) resumes the run.
 */
export const callback: MakeCallback = (
  of: string | CallbackDefinition<string, any, any, any>,
  options: CallbackOptions<any, any> & CallbackCall = {}
) => {
  const { key, ...rest } = options
  const definition = typeof of === "string" ? defineCallback(of, rest) : of
  return Effect.flatMap(RunPortKey, (port) => makeCallback(port, definition, key))
}

/** Puts the token of a new callback into somebody's hands. Mostly a call of a step. */
type Submit<E, R> = (
  callback: Pick<Callback<never, never>, "token" | "url" | "expiresAt">
) => Effect.Effect<unknown, E, R>

interface WaitForCallback {
  /**
   * @example
   * const { by } = yield* waitForCallback("approval", ({ token }) => askManager({ order, token }), {
   *   payload: Approval, timeout: "3 days"
   * })
   */
  <E2, R2, A = Schema.Json, E = never, const Timing extends CallbackTiming = CallbackTiming>(
    name: string,
    submit: Submit<E2, R2>,
    options?: Omit<CallbackOptions<A, E>, keyof CallbackTiming> & Timing & CallbackCall
  ): Effect.Effect<A, E | E2 | LateErrors<Timing>, Run | R2>
  <Name extends string, A, E, Late, E2, R2>(
    definition: CallbackDefinition<Name, A, E, Late>,
    submit: Submit<E2, R2>,
    call?: CallbackCall
  ): Effect.Effect<A, E | E2 | Late, Run | R2>
}

/**
 * A callback, what hands its token out, and the wait for its answer in one. The callback is there before `submit` runs. If `submit` fails
 * (a step whose retries are used up), so does this, and the callback is closed; so it is when this is interrupted. An answer that
 * comes while `submit` is still at it counts at once.
 */
export const waitForCallback: WaitForCallback = (
  of: any,
  submit: Submit<any, any>,
  options: CallbackOptions<any, any> & CallbackCall = {}
): Effect.Effect<any, any, any> =>
  Effect.flatMap(callback(of, options), (made) =>
    Effect.raceFirst(
      made.receive,
      Effect.andThen(
        Effect.suspend(() => submit(made)),
        Effect.never
      )
    ).pipe(Effect.onExit((exit) => (Exit.isSuccess(exit) ? Effect.void : made.close)))
  )

/** Signs a token, as of the host's time. */
export const signCallback = defineSystemStep("signCallback", {
  input: Schema.Struct({
    address: Schema.String,
    key: Schema.String,
    index: Schema.Number,
    timeoutMs: Schema.NullOr(Schema.Number)
  }),
  output: Schema.Struct({ token: Schema.String, url: Schema.NullOr(Schema.String), signedAt: Schema.Number })
})

/** When whoever holds the token was last heard of, by the host's time; null: never. */
export const lookAtHeartbeat = defineSystemStep("lookAtHeartbeat", {
  input: Schema.Struct({ address: Schema.String, id: Schema.String }),
  output: Schema.NullOr(Schema.Number)
})

const makeCallback = Effect.fnUntraced(function* (
  port: RunPort,
  definition: CallbackDefinition<string, any, any, any>,
  userKey: string | undefined
) {
  const slot = yield* port.callback(definition, userKey)
  const { address, key, index } = slot
  const input = { address, key, index, timeoutMs: definition.timeoutMs ?? null }
  const { token, url, signedAt } = yield* ask(port, signCallback, input, key)
  const { timeoutMs } = definition
  const expiresAt = timeoutMs === undefined ? undefined : signedAt + timeoutMs
  yield* slot.open(expiresAt)
  const wait = new Wait(port, definition, slot, signedAt, expiresAt)
  yield* wait.watch
  const receive = Effect.suspend(() => wait.receive())
  return {
    token,
    ...(url === null ? {} : { url }),
    ...(expiresAt === undefined ? {} : { expiresAt }),
    receive,
    receiveOrFail: Effect.catchDefect(receive, (defect) =>
      isA(CallbackFailed, defect) ? Effect.fail(defect) : Effect.die(defect)
    ),
    close: Effect.suspend(() => wait.close())
  } satisfies Callback<any, any>
})

const ask = <In, Out>(port: RunPort, step: Step<string, In, Out, never, never>, input: In, key?: string) =>
  port.step(step as AnyStep, input, key) as Effect.Effect<Out>

type Late = CallbackTimedOut | CallbackHeartbeatMissed

/** What becomes of one callback. */
class Wait {
  private readonly port: RunPort
  private readonly definition: CallbackDefinition<string, any, any, any>
  private readonly slot: CallbackSlot
  private readonly expiresAt: number | undefined
  private readonly signedAt: number
  /** Of whoever holds the token. */
  private heardAt: number | undefined
  private late: Late | undefined

  constructor(
    port: RunPort,
    definition: CallbackDefinition<string, any, any, any>,
    slot: CallbackSlot,
    signedAt: number,
    expiresAt: number | undefined
  ) {
    this.port = port
    this.definition = definition
    this.slot = slot
    this.signedAt = signedAt
    this.expiresAt = expiresAt
  }

  receive(): Effect.Effect<any, any> {
    const { late, slot } = this
    if (late !== undefined) return Effect.fail(late)
    const answered = slot.answered()
    if (answered !== undefined) return this.outcomeOf(answered)
    if (slot.isClosed()) return this.closed()
    const answer = Effect.flatMap(slot.answer, (came) => (came === undefined ? this.closed() : this.outcomeOf(came)))
    const expiry = this.untilExpiry()
    return expiry === undefined ? answer : Effect.raceAllFirst([answer, expiry])
  }

  close(): Effect.Effect<void> {
    return this.slot.close
  }

  /** Whoever waited then, or asks later. */
  private closed(): Effect.Effect<never, Late> {
    return this.late === undefined
      ? Effect.die(this.failed("closed", "it was closed before it was answered"))
      : Effect.fail(this.late)
  }

  /** An answer that came as late as that is none, whoever waited when it came. */
  private outcomeOf({ at, outcome }: CallbackAnswer): Effect.Effect<any, any> {
    const { definition } = this
    const expired = this.expiredBy(at)
    if (expired !== undefined) return this.endLate(expired)
    const isDone = outcome.tag === "succeeded"
    const decoded: Result.Result<any, string> = (isDone ? definition.payload() : definition.error()).decode(
      outcome.payload
    )
    if (Result.isSuccess(decoded)) return isDone ? Effect.succeed(decoded.success) : Effect.fail(decoded.success)
    const [reason, what] = isDone ? (["payload", "completed"] as const) : (["error", "failed"] as const)
    const why = `it was ${what} with what does not fit its schema: ${decoded.failure}`
    return Effect.die(this.failed(reason, why, { cause: fromPayload(outcome.payload) }))
  }

  private untilExpiry(): Effect.Effect<never, Late> | undefined {
    const { expiresAt } = this
    if (expiresAt === undefined) return undefined
    return Effect.flatMap(Clock.currentTimeMillis, (now) => {
      const late = Effect.suspend(() => this.endLate(this.timedOut(expiresAt)))
      return now >= expiresAt ? late : Effect.andThen(Effect.sleep(expiresAt - now), late)
    })
  }

  /**
   * Heartbeats ring for nobody: the run looks when one is due, from the beginning, whoever waits and when. It is missed if by then the last one is
   * as old as the definition allows; then the callback is closed. A fiber of its own, as whoever has made the callback may end before it
   * is answered.
   */
  get watch(): Effect.Effect<void> {
    const { heartbeatMs } = this.definition
    if (heartbeatMs === undefined) return Effect.void
    return Effect.asVoid(Effect.forkDetach(Effect.raceFirst(this.slot.answer, this.untilSilence(heartbeatMs))))
  }

  private untilSilence(heartbeatMs: number): Effect.Effect<undefined> {
    const { address, key } = this.slot
    const look = Effect.suspend(() => ask(this.port, lookAtHeartbeat, { address, id: heartbeatId(key) }))
    const dueAt = () => (this.heardAt ?? this.signedAt) + heartbeatMs
    return Effect.gen({ self: this }, function* () {
      for (;;) {
        const before = yield* Clock.currentTimeMillis
        if (before < dueAt()) yield* Effect.sleep(dueAt() - before)
        const expired = this.expiredBy(yield* Clock.currentTimeMillis)
        if (expired !== undefined) return yield* this.giveUp(expired)
        const heardAt = yield* look
        if (heardAt !== null) this.heardAt = Math.max(heardAt, this.heardAt ?? 0)
        if ((yield* Clock.currentTimeMillis) >= dueAt()) return yield* this.giveUp(this.silent(heartbeatMs))
      }
    })
  }

  private expiredBy(now: number): Late | undefined {
    const { expiresAt } = this
    return expiresAt !== undefined && now >= expiresAt ? this.timedOut(expiresAt) : undefined
  }

  /** What was found first stands. */
  private giveUp(late: Late): Effect.Effect<undefined> {
    return Effect.suspend(() => {
      this.late ??= late
      return Effect.as(this.slot.close, undefined)
    })
  }

  private endLate(late: Late): Effect.Effect<never, Late> {
    return Effect.andThen(
      this.giveUp(late),
      Effect.suspend(() => Effect.fail(this.late ?? late))
    )
  }

  private timedOut(expiredAt: number): Late {
    const { callbackName: callback, timeoutMs } = this.definition
    const message = `callback ${callback} was neither completed nor failed within ${timeoutMs} ms`
    return new CallbackTimedOut({ message, callback, expiredAt })
  }

  private silent(heartbeatMs: number): Late {
    const { callbackName: callback } = this.definition
    const lastHeartbeatAt = this.heardAt ?? null
    const since = lastHeartbeatAt === null ? "since it was made" : "since its last heartbeat"
    const message = `whoever is to answer callback ${callback} was not heard of for ${heartbeatMs} ms ${since}`
    return new CallbackHeartbeatMissed({ message, callback, lastHeartbeatAt })
  }

  private failed(
    reason: CallbackFailed["reason"],
    why: string,
    cause: Pick<CallbackFailed, "cause"> = {}
  ): CallbackFailed {
    const { callbackName: callback } = this.definition
    return new CallbackFailed({ message: `callback ${callback}: ${why}`, callback, reason, ...cause })
  }
}

/** Under which heartbeats of a callback are kept: as the row of its answer is, which is looked for with them. */
export const heartbeatId = (key: string): string => `callback/${key}`
