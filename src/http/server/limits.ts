import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as HttpEffect from "effect/http/HttpEffect"
import type { HttpServerRequest } from "effect/http/HttpServerRequest"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as Layer from "effect/Layer"
import * as RateLimiter from "effect/persistence/RateLimiter"
import { assertSettings } from "../../actor/definitions/assertOptions.ts"
import type { ApiError } from "../definition/apiError.ts"
import type { CallerIdentity } from "../definition/middleware.ts"
import { apiError } from "./apiErrors.ts"

/** So many requests in so much time; unused ones are saved up, up to that number. */
export interface Rate {
  readonly requests: number
  readonly perMs: number
}

export interface LimitsOptions {
  /** Of each caller: of each key, or of whoever your own check says. Default 6,000 a minute; without authentication there is no limit. */
  readonly callerRate?: Rate
  /** Of all together who need no key: answers to callbacks, and deliveries of webhooks. Default 6,000 a minute. */
  readonly openRate?: Rate
  /** Requests that wait for news at a time (long polls, updates, streams): of each caller. Default 200. */
  readonly mostWaitsOfCaller?: number
  /** The same of all callers. Default 2,000. */
  readonly mostWaits?: number
  /** After which a request is answered with 503, on top of what it asks to wait. Streams are not ended. Default 30,000. */
  readonly requestTimeoutMs?: number
}

const aMinute: Rate = { requests: 6_000, perMs: 60_000 }

/** What callers may take of a server. */
export class Limits {
  private readonly options: LimitsOptions
  private readonly limiter: RateLimiter.RateLimiter
  private readonly waits = new Map<string, number>()
  private total = 0

  constructor(limiter: RateLimiter.RateLimiter, options: LimitsOptions) {
    this.limiter = limiter
    this.options = options
  }

  get requestTimeoutMs(): number {
    return this.options.requestTimeoutMs ?? 30_000
  }

  readonly spendOfCaller = (caller: CallerIdentity) =>
    this.spend(`caller/${keyOf(caller)}`, this.options.callerRate ?? aMinute, `${caller.name} asks`)

  readonly spendOpen = () => this.spend("open", this.options.openRate ?? aMinute, "those without a key ask")

  private readonly spend = (
    key: string,
    { requests, perMs }: Rate,
    who: string
  ): Effect.Effect<void, ApiError<"RateExceeded">, HttpServerRequest> =>
    this.limiter.consume({ key, limit: requests, window: perMs, algorithm: "token-bucket" }).pipe(
      Effect.asVoid,
      Effect.catch(({ reason }) => {
        const seconds =
          reason._tag === "RateLimitExceeded" ? Math.max(1, Math.ceil(Duration.toSeconds(reason.retryAfter))) : 1
        const message = `${who} too often: ${requests} requests in ${perMs / 1_000} s are the most. Ask again in ${seconds} s`
        return Effect.andThen(retryAfter(seconds), Effect.fail(apiError("RateExceeded", message)))
      })
    )

  /** A place for a request that waits; what gives it back, once, however often it is called. */
  readonly takePlace = (caller: CallerIdentity): Effect.Effect<() => void, ApiError<"TooManyWaits">> =>
    Effect.suspend(() => {
      const { mostWaits = 2_000, mostWaitsOfCaller = 200 } = this.options
      const key = keyOf(caller)
      const own = this.waits.get(key) ?? 0
      const most = own >= mostWaitsOfCaller ? mostWaitsOfCaller : this.total >= mostWaits ? mostWaits : undefined
      if (most !== undefined) {
        const whose = own >= mostWaitsOfCaller ? `of ${caller.name}` : "of all callers"
        const message = `${most} requests ${whose} wait already: ask without waitMs, or again when one of them is answered`
        return Effect.fail(apiError("TooManyWaits", message))
      }
      this.waits.set(key, own + 1)
      this.total++
      let isTaken = true
      return Effect.succeed(() => {
        if (!isTaken) return
        isTaken = false
        this.total--
        const left = (this.waits.get(key) ?? 1) - 1
        if (left === 0) this.waits.delete(key)
        else this.waits.set(key, left)
      })
    })
}

/** Tenants name their callers without knowing of each other. */
const keyOf = ({ name, tenant }: CallerIdentity): string => JSON.stringify([tenant, name])

const retryAfter = (seconds: number): Effect.Effect<void, never, HttpServerRequest> =>
  HttpEffect.appendPreResponseHandler((_, response) =>
    Effect.succeed(HttpServerResponse.setHeader(response, "retry-after", String(seconds)))
  )

/** Throws a RangeError for a number that is none: it would be no limit at all. */
export const makeLimits = (options: LimitsOptions = {}): Effect.Effect<Limits> => {
  assertSettings("limits of a server", options, {
    mostWaitsOfCaller: [0, "orInfinity"],
    mostWaits: [0, "orInfinity"],
    requestTimeoutMs: [1, "orInfinity"]
  })
  for (const name of ["callerRate", "openRate"] as const)
    if (options[name] !== undefined)
      assertSettings(`limits of a server: ${name}`, options[name], { requests: 1, perMs: 1 })
  return Effect.map(RateLimiter.RateLimiter, (limiter) => new Limits(limiter, options)).pipe(
    Effect.provide(Layer.provide(RateLimiter.layer, RateLimiter.layerStoreMemory))
  )
}
