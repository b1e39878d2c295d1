import type { Life } from "../../world/machine.ts"
import type { World } from "../../world/world.ts"
import { aborted, askNow, type Network } from "../clients/network.ts"
import type { WireService } from "../service.ts"
import { serviceError } from "../serviceError.ts"
import { pointOf } from "./points.ts"
import type { Expiries } from "./weather/expiries.ts"
import type { Outage, Outages } from "./weather/outages.ts"

/** Source: Developer Guide of the SDK, "Retry behavior": five attempts as we set it, with pauses that grow and are drawn. */
const mostAttempts = 5
const firstPauseMs = 100

/** What the SDK sends again by itself. */
const passing =
  /Throttl|SlowDown|ProvisionedThroughputExceeded|LimitExceeded|InternalServerError|ServiceUnavailable|TransactionInProgress/

/** Says what the function of a process has no right to. */
export type LacksRight = (request: {
  readonly service: string
  readonly operation: string
  readonly input: any
}) => string | undefined

type Answer = { readonly output: object } | { readonly error: Error } | "nothing"

/** Source: "Common errors" of each service: 503. */
const isUnavailable = serviceError("ServiceUnavailable", "simulated: the service is away", 503)

/** Sources: "Common errors" and the operations' own of each service: what it says that has no room, for all or for one caller. */
const throttles: { readonly [Service in Outage["service"]]: Error } = {
  DynamoDB: serviceError("ProvisionedThroughputExceededException", "simulated: no capacity", 400),
  SQS: serviceError("RequestThrottled", "simulated: too many requests", 400),
  S3: serviceError("SlowDown", "simulated: Please reduce your request rate.", 503),
  Streams: serviceError("LimitExceededException", "simulated: too many reads of a shard", 400),
  Scheduler: serviceError("ThrottlingException", "simulated: Rate exceeded", 429)
}

/**
 * The network of one life of a machine. As the SDK does, it sends a request again whose answer is lost or that is throttled; and as it
 * may, it gives up: then the request has been carried out or not, and nobody is told.
 */
export const worldNetwork = (
  world: World,
  life: Life,
  { expiries, outages }: { readonly expiries: Expiries; readonly outages: Outages },
  lacksRight: LacksRight = () => undefined,
  /** Of each answer that has come. */
  told: (point: string, output: object) => void = () => undefined
): Network => ({
  ask: (service, operation, input, signal) =>
    new Promise<object>((resolve, reject) => {
      const point = pointOf(service.name, operation, input)
      const isAborted = () => signal?.aborted === true
      if (isAborted()) return reject(aborted())
      signal?.addEventListener("abort", () => reject(aborted()), { once: true })
      const attempt = (number: number): void =>
        world.reach<Answer>(
          life,
          point,
          (answer) => {
            const lacking = lacksRight({ service: service.name, operation, input })
            if (lacking !== undefined) {
              world.violate("IAM", `${life.name} asks ${point}, and its function has no right to ${lacking}`)
              return answer({ error: serviceError("AccessDeniedException", "simulated: not authorized", 400) })
            }
            const unknown = expiries.of(life, service.name)
            if (unknown !== undefined) {
              world.faults.met(point, "away")
              return answer({ error: unknown })
            }
            const away = outages.of(service.name)
            if (away === undefined) return request(life, service, operation, input, isAborted, answer)
            world.faults.met(point, "away")
            if (away.how === "silent") return answer("nothing")
            answer({ error: away.how === "says" ? isUnavailable : throttles[away.service] })
          },
          {
            answered: (answer) => {
              if (answer === "nothing") return again(mostAttempts, timedOut(point))
              if ("output" in answer) {
                told(point, answer.output)
                return resolve(answer.output)
              }
              if (passing.test(answer.error.name)) return again(number, answer.error)
              reject(answer.error)
            },
            // Of a request that gets no answer several get none: half of the time all of them.
            unanswered: () => again(world.draw.chance(0.5) ? mostAttempts : number, timedOut(point))
          }
        )
      const again = (number: number, error: Error): void => {
        if (isAborted()) return
        if (number >= mostAttempts) return reject(error)
        const pauseMs = world.draw.below(firstPauseMs * 2 ** number)
        world.later(pauseMs, () => life.deliver(() => (isAborted() ? undefined : attempt(number + 1))))
      }
      attempt(1)
    })
})

const request = (
  life: Life,
  service: WireService,
  operation: string,
  input: object,
  isAborted: () => boolean,
  answer: (answer: Answer) => void
): void =>
  askNow(service, operation, input, life.name, {
    done: (output) => answer({ output }),
    failed: (error) => answer({ error }),
    isGone: () => life.isOver || isAborted()
  })

const timedOut = (point: string): Error => serviceError("TimeoutError", `simulated: no answer to ${point}`, 503)
