import type { Life } from "../../../world/machine.ts"
import type { World } from "../../../world/world.ts"
import { serviceError } from "../../serviceError.ts"

type Service = "DynamoDB" | "SQS" | "S3" | "Streams" | "Scheduler"

/** Of how many schedules one has processes whose credentials are not taken for a while. */
const oneOf = 4

const noProvider = Object.assign(new Error("Could not load credentials from any providers"), {
  name: "CredentialsProviderError"
})

/**
 * Sources: "Common errors" of each service, "Error responses" of S3, "Credential providers" of the SDK, which asks nobody where it has none: each has names of its
 * own for credentials that have expired, are not known yet, or whose signature is too old.
 */
const errors: { readonly [Name in Service]: ReadonlyArray<Error> } = {
  DynamoDB: [
    serviceError("ExpiredTokenException", "The security token included in the request is expired"),
    serviceError("UnrecognizedClientException", "The security token included in the request is invalid."),
    serviceError(
      "InvalidSignatureException",
      "Signature expired: 20260101T000000Z is now earlier than 20260101T000500Z"
    ),
    noProvider
  ],
  SQS: [
    serviceError("ExpiredTokenException", "The security token included in the request is expired", 403),
    serviceError("InvalidClientTokenId", "The security token included in the request is invalid.", 403),
    serviceError("RequestExpired", "Request has expired.", 400),
    noProvider
  ],
  S3: [
    serviceError("ExpiredToken", "The provided token has expired."),
    serviceError("InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records.", 403),
    serviceError("SignatureDoesNotMatch", "The request signature we calculated does not match", 403),
    noProvider
  ],
  Streams: [
    serviceError("ExpiredTokenException", "The security token included in the request is expired"),
    serviceError("UnrecognizedClientException", "The security token included in the request is invalid."),
    noProvider
  ],
  Scheduler: [
    serviceError("ExpiredTokenException", "The security token included in the request is expired", 403),
    serviceError("UnrecognizedClientException", "The security token included in the request is invalid.", 403),
    noProvider
  ]
}

/** What a run says that is blamed for it. */
export const isOfCredentials = (text: string): boolean =>
  Object.values(errors).some((each) => each.some(({ name }) => text.includes(name)))

export interface Expiry {
  readonly from: number
  readonly to: number
  /** Default: all of them. */
  readonly service?: Service | undefined
}

/**
 * For a while the credentials of some processes are not taken, by one service or by all of them, while others are answered: they were not renewed in time, are new, or a clock
 * is off. Over at the latest when nothing goes wrong any more.
 */
export class Expiries {
  private readonly world: World
  private readonly all: ReadonlyArray<Expiry>
  /** By their names: whose are not taken. */
  private readonly ill = new Map<string, boolean>()

  constructor(world: World, all: ReadonlyArray<Expiry> = drawn(world)) {
    this.world = world
    this.all = all
  }

  get isOver(): boolean {
    const { faults, now } = this.world
    return faults.isCalm || this.all.every(({ to }) => to <= now)
  }

  /** What this process is told by the service; undefined: it is taken for who it is. */
  of({ name }: Life, service: string): Error | undefined {
    const { draw, faults, now } = this.world
    if (this.all.length === 0 || faults.isCalm) return undefined
    const isUnder = ({ from, service: one, to }: Expiry) => from <= now && now < to && (one ?? service) === service
    if (!this.all.some(isUnder)) return undefined
    const known = this.ill.get(name)
    const isIll = known ?? draw.chance(0.6)
    if (known === undefined) this.ill.set(name, isIll)
    return isIll ? draw.pick(errors[service as Service]) : undefined
  }
}

const drawn = ({ draw, now }: World): ReadonlyArray<Expiry> =>
  Array.from({ length: draw.below(oneOf) === 0 ? 1 + draw.below(3) : 0 }, (): Expiry => {
    const from = now + draw.below(draw.chance(0.7) ? 5_000 : 60_000)
    const service = draw.chance(0.5) ? undefined : draw.pick(Object.keys(errors) as ReadonlyArray<Service>)
    return { service, from, to: from + (draw.chance(0.7) ? 1_000 + draw.below(15_000) : 60_000 + draw.below(240_000)) }
  })
