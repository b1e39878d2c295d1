import type { World } from "../../../world/world.ts"

/** What may be away by itself. */
const services = ["DynamoDB", "SQS", "SQS", "S3", "Streams", "Scheduler"] as const

export interface Outage {
  readonly service: (typeof services)[number]
  readonly from: number
  readonly to: number
  /** It says that it is away, that there is no capacity, or nothing at all. */
  readonly how: "says" | "throttles" | "silent"
}

/** Of how many schedules one has a service that is away. */
const oneOf = 3

/**
 * Services that are away alone, for seconds or for minutes, while the others answer. Source: Service Level Agreements of DynamoDB, SQS, S3: each has its own, and an
 * hour a month is within all of them. Over at the latest when nothing goes wrong any more.
 */
export class Outages {
  private readonly world: World
  private readonly all: ReadonlyArray<Outage>

  constructor(world: World, all: ReadonlyArray<Outage> = drawn(world)) {
    this.world = world
    this.all = all
    for (const { from, service, to } of this.all)
      world.later(from - world.now, () =>
        world.note("world", () => (this.isOver ? "" : `has no ${service} for ${to - from} ms`))
      )
  }

  /** None is under way, or to come. */
  get isOver(): boolean {
    const { faults, now } = this.world
    return faults.isCalm || this.all.every(({ to }) => to <= now)
  }

  of(service: string): Outage | undefined {
    const { faults, now } = this.world
    if (this.all.length === 0 || faults.isCalm) return undefined
    return this.all.find((one) => one.service === service && one.from <= now && now < one.to)
  }

  /** When the last one ends that is away. */
  onEnds(call: () => void): void {
    for (const { to } of this.all) this.world.later(to - this.world.now, call)
  }
}

const drawn = ({ draw, now }: World): ReadonlyArray<Outage> =>
  Array.from({ length: draw.below(oneOf) === 0 ? 1 + draw.below(2) : 0 }, () => {
    const from = now + draw.below(draw.chance(0.7) ? 3_000 : 40_000)
    const service = draw.pick(services)
    const lastsMs = draw.chance(0.5) ? 2_000 + draw.below(20_000) : 60_000 + draw.below(120_000)
    // Longer than an iterator is good for, than an asynchronous event is kept, and than anybody counts attempts.
    const isLong = draw.chance(service === "Streams" ? 0.5 : 0.15)
    const to = from + (isLong ? 16 * 60_000 + draw.below(20 * 60_000) : lastsMs)
    return { service, from, to, how: draw.pick(["says", "throttles", "silent"] as const) }
  })
