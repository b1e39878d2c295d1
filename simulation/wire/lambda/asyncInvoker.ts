import type { World } from "../../world/world.ts"
import type { Invocation } from "./environment.ts"
import type { LambdaFunction } from "./lambdaFunction.ts"

/** Source: Lambda Developer Guide, "How Lambda handles errors and retries with asynchronous invocation": one minute, then two. */
const pausesMs: ReadonlyArray<number> = [60_000, 120_000]

/** Source: as above: throttled, it is tried again for up to six hours, with pauses that grow from a second to five minutes. */
const firstThrottledMs = 1_000
const longestThrottledMs = 300_000
const longestMs = 6 * 3_600_000

/** Source: as above, "Configuring error handling settings for asynchronous invocations". */
export interface AsyncOptions {
  /** How often an event that fails is tried again: up to twice, which is the default. */
  readonly retryAttempts?: number
  /** An event that finds no room is kept for so long: up to six hours, which is the default. */
  readonly maxEventAgeMs?: number
}

/** Events of Scheduler's, and of whoever else does not wait for the answer: at least once, and three times at most if they fail. */
export class AsyncInvoker {
  private readonly world: World
  private readonly target: LambdaFunction
  private readonly retryAttempts: number
  private readonly maxEventAgeMs: number

  constructor(
    world: World,
    target: LambdaFunction,
    { maxEventAgeMs = longestMs, retryAttempts = 2 }: AsyncOptions = {}
  ) {
    this.world = world
    this.target = target
    this.retryAttempts = retryAttempts
    this.maxEventAgeMs = maxEventAgeMs
  }

  send(call: Invocation["call"], then: (answer: unknown) => void = () => undefined): void {
    const { world } = this
    this.attempt(call, then, { failures: 0, throttles: 0, since: world.now })
    // Source: as above: a function may get one event several times, though it has not failed.
    if (!world.faults.isCalm && world.draw.chance(0.02))
      this.attempt(call, () => undefined, { failures: 0, throttles: 0, since: world.now })
  }

  private attempt(call: Invocation["call"], then: (answer: unknown) => void, tried: Tried): void {
    const { world } = this
    this.target.invoke({
      call,
      ended: (outcome) => {
        if (outcome.tag === "answered") return then(outcome.answer)
        const isThrottled = outcome.tag === "throttled"
        const pauseMs = isThrottled
          ? Math.min(longestThrottledMs, firstThrottledMs * 2 ** tried.throttles)
          : pausesMs.slice(0, this.retryAttempts)[tried.failures]
        if (pauseMs === undefined || world.now + pauseMs - tried.since > this.maxEventAgeMs) return
        const next = isThrottled
          ? { ...tried, throttles: tried.throttles + 1 }
          : { ...tried, failures: tried.failures + 1 }
        world.later(pauseMs, () => this.attempt(call, then, next))
      }
    })
  }
}

interface Tried {
  readonly failures: number
  readonly throttles: number
  readonly since: number
}
