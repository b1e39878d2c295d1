import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import * as Result from "effect/Result"
import type { CallbackDefinition } from "../actor/definitions/callbacks/callback.ts"
import { type AnswerOptions, answerCallback, beatCallback } from "../client/callbacks.ts"
import { Payloads } from "../store/payloads.ts"
import type { WaitingFor } from "../store/reading/waitingFor.ts"
import { RunTable } from "../store/runTable.ts"
import { SeededNumbers } from "./draws/seededNumbers.ts"
import { tableOf } from "./virtualTable.ts"
import { stepClock } from "./world/steps/executeCode.ts"
import type { VirtualWorld } from "./world/virtualWorld.ts"

/** What a client of callbacks needs of a store, over the runs of a virtual world. */
type Services = ReturnType<typeof servicesOf> extends Context.Context<infer R> ? R : never

export type Asked = Effect.Effect<void, unknown, Services>

/** Callbacks as a client answers them. Rejects with the client's errors. */
export abstract class AnswersCallbacks {
  protected abstract ask(what: Asked): Promise<void>

  async completeCallback<A = unknown>(
    token: string,
    value?: A,
    options: AnswerOptions<CallbackDefinition<string, A, any, any>> = {}
  ): Promise<void> {
    await this.ask(answerCallback(token, { tag: "succeeded", value, options }))
  }

  async failCallback<E = unknown>(
    token: string,
    error?: E,
    options: AnswerOptions<CallbackDefinition<string, any, E, any>> = {}
  ): Promise<void> {
    await this.ask(answerCallback(token, { tag: "failed", value: error, options }))
  }

  async heartbeatCallback(token: string): Promise<void> {
    await this.ask(beatCallback(token))
  }
}

export interface CallbackView {
  readonly name: string
  /** `<name>#<occurrence>`, or `<name>:<your key>`. */
  readonly key: string
  readonly token: string
}

export const callbacksOf = (
  { callbacks }: VirtualWorld,
  runId: string,
  waitingFor: ReadonlyArray<WaitingFor>
): ReadonlyArray<CallbackView> =>
  waitingFor.flatMap((one) =>
    one.kind === "callback" ? [{ name: one.name, key: one.key, token: callbacks.tokenOf(runId, one.key) ?? "" }] : []
  )

/** What a client asks of a virtual world happens at once. Rejects with the error that it is answered with. */
export const askAtOnce = async <A, E>(engine: VirtualWorld, ask: Effect.Effect<A, E, Services>): Promise<A> => {
  const asked = await Effect.runPromiseWith(servicesOf(engine))(Effect.result(ask))
  if (Result.isFailure(asked)) throw asked.failure
  return asked.success
}

const servicesOf = (engine: VirtualWorld) => {
  const numbers = new SeededNumbers(engine.asked++)
  const random = {
    nextDoubleUnsafe: () => numbers.below(2 ** 31) / 2 ** 31,
    nextIntUnsafe: () => numbers.below(2 ** 31)
  }
  return engine.callbacks.services.pipe(
    Context.add(RunTable, tableOf(engine)),
    Context.add(Payloads, nothingLarge),
    Context.add(Random.Random, random),
    Context.add(Clock.Clock, stepClock(engine.now))
  )
}

/** Everything stands in its row. */
const nothingLarge: Payloads["Service"] = {
  put: () => Effect.void,
  get: () => Effect.succeed(undefined),
  inlineLimitBytes: Number.MAX_SAFE_INTEGER
}
