import { fromAttributes } from "../../../../src/store/aws/table/attributes.ts"
import { readHeadItem } from "../../../../src/store/aws/table/headItem.ts"
import { headKey, partitionAddress } from "../../../../src/store/aws/table/keys.ts"
import { draws } from "../../../workload/drawn/draws.ts"
import { Refusals } from "../../../world/refusals.ts"
import type { World } from "../../../world/world.ts"
import type { WireItem } from "../../dynamodb/values.ts"
import { serviceError } from "../../serviceError.ts"

/** Of so many schedules one has a run that S3, or DynamoDB, refuses something until the world is calm. */
const oneOf = 6

/** What such schedules have found is not settled: docs/simulation.md. */
const drawsObjects = draws.REFUSED === "objects"

/** Sources: "Error responses" of S3: the policy of a bucket, a key that is the customer's. */
const ofObjects: ReadonlyArray<Error> = [
  serviceError("AccessDenied", "Access Denied", 403),
  serviceError("KMS.DisabledException", "The request was rejected because the specified KMS key is not enabled."),
  serviceError("InvalidArgument", "Invalid Argument")
]

/** Source: Developer Guide of DynamoDB, "Quotas": 400 KB. */
const tooLarge = serviceError("ValidationException", "Item size has exceeded the maximum allowed size")

/** Whoever does not take an object may take it tomorrow: no step is to fail for that. */
export const isOfObjects = (text: string): boolean => ofObjects.some(({ name }) => text.includes(name))

/** What S3 and DynamoDB take nothing of, of one run: it is parked and says so, and all others go on (L4). */
export class Refused {
  private readonly world: World
  private readonly heads: Refusals
  private readonly objectError: Error
  /** As objects are named. */
  private owner: string | undefined
  /** Asked for so often before it begins; 0: it never does. */
  private objectsIn: number
  private headsIn: number

  constructor(world: World) {
    this.world = world
    const { draw } = world
    const chances = () => (draw.below(oneOf) === 0 ? 1 + draw.below(6) : 0)
    this.objectsIn = drawsObjects ? chances() : 0
    this.headsIn = chances()
    this.objectError = draw.pick(ofObjects)
    this.heads = new Refusals(world, () => this.headsIn > 0 && --this.headsIn === 0)
  }

  /** Of what hosts put and get: clients have other rights. */
  object(name: string, by: string): Error | undefined {
    const [owner, hash] = name.split("/")
    if (hash === undefined || by.startsWith("client") || this.world.faults.isOver) return undefined
    if (this.owner === undefined) {
      if (this.objectsIn === 0 || --this.objectsIn > 0) return undefined
      this.owner = owner
      this.world.note("service", () => `refuses objects of ${owner}: ${this.objectError.name}`)
    }
    return owner === this.owner ? this.objectError : undefined
  }

  /** Of a head that has grown: to be parked, or to end, it finds room. */
  item(item: WireItem): Error | undefined {
    const address = partitionAddress("", item.pk?.S ?? "")
    if (item.sk?.S !== headKey || address === undefined || this.world.faults.isOver) return undefined
    const { status } = readHeadItem(fromAttributes(item as Parameters<typeof fromAttributes>[0]), "")
    if (status !== "running" || this.heads.of(address, "RunTable.commitHead") === undefined) return undefined
    return tooLarge
  }
}
