import { addressOf } from "../../../src/actor/history/generation.ts"
import type { Message } from "../../../src/actor/history/message.ts"
import { readChunkItem } from "../../../src/store/aws/beside/dynamoOutput.ts"
import { readMark } from "../../../src/store/aws/beside/dynamoStepMarks.ts"
import { fromAttributes, type Item, numberOf, textOf } from "../../../src/store/aws/table/attributes.ts"
import { readHeadItem } from "../../../src/store/aws/table/headItem.ts"
import {
  headKey,
  isAttemptKey,
  isInboxKey,
  parseOrderKey,
  parseRunPartition,
  parseTagsPartition
} from "../../../src/store/aws/table/keys.ts"
import { readMessageItem, readOutcome } from "../../../src/store/aws/table/messageItem.ts"
import type { OutputStream } from "../../../src/store/beside/outputChunks.ts"
import type { Mirrors } from "../../ground/ground.ts"
import type { Life } from "../../world/machine.ts"
import type { World } from "../../world/world.ts"
import type { Change } from "../dynamodb/table.ts"
import { Erasures } from "./erasures.ts"
import { isOfCredentials } from "./weather/expiries.ts"
import { isOfObjects } from "./weather/refused.ts"

/** Of the keys of orders, in a table that has other entries. */
export const orderPrefix = "order/"

type Attributes = Parameters<typeof fromAttributes>[0]

interface Marked extends Pick<Change, "before" | "by"> {
  readonly item: Item
}

/**
 * What the real adapters write, read back by their own readers, and told to the tables that the invariants look at, in the moment in which
 * it takes effect. What those would not take is a fault of the adapter: a row that is written over, a head that skips a version.
 */
export class TableMirror {
  private readonly world: World
  private readonly mirrors: Mirrors
  private readonly lifeOf: (name: string) => Life
  /** Entries of the ledger that are written together with the row that is put next. */
  private ledgerIds: Array<string> = []
  private readonly erasures: Erasures

  constructor(world: World, mirrors: Mirrors, lifeOf: (name: string) => Life) {
    this.world = world
    this.mirrors = mirrors
    this.erasures = new Erasures(world, mirrors)
    this.lifeOf = lifeOf
  }

  changed({ hash, range, before, after, by }: Change): void {
    if (hash.startsWith("#")) return
    if (after === undefined) return before === undefined ? undefined : this.erasures.gone(hash, range, by)
    const item = fromAttributes(after as Attributes)
    const isNew = before === undefined
    if (hash.endsWith("~tags")) return this.tag(hash, item)
    if (hash.endsWith("~steps")) return this.mark(hash.slice(0, -"~steps".length), range, { item, before, by })
    const beside = /^(.*)\/~([^/]+)$/su.exec(hash)
    if (beside !== null) return this.beside(beside[1] as string, beside[2] as string, range, { item, isNew, by })
    const run = parseRunPartition(hash)
    // What stands beside a run, and the invariants know nothing of.
    if (run === undefined && /~\w+$/.test(hash)) return
    if (run === undefined) throw this.world.violate("wire", `${by} writes into ${hash}, which is no partition`)
    this.ofRun(addressOf(run.runId, run.generation), range, { item, isNew, by })
  }

  /** A request has taken effect: what goes together has gone. */
  requested(): void {
    this.erasures.checkWhole()
  }

  /** Of a table of the user's: in one transaction with the row that comes behind it; an order, with rows that came before it. */
  ledgerWritten(id: string): void {
    if (id.startsWith(orderPrefix)) return this.mirrors.table.orderWritten(id.slice(orderPrefix.length))
    this.mirrors.table.ledger.write({ items: [{ Update: { TableName: "ledger", Key: { id } } }] })
    this.ledgerIds.push(id)
  }

  private row(address: string, row: Message, by: string): void {
    const { table } = this.mirrors
    table.put(address, row, by)
    const ids = this.ledgerIds
    this.ledgerIds = []
    if (ids.length > 0) table.ledgerNoted(address, ids, row)
  }

  private ofRun(address: string, key: string, { item, isNew, by }: Written): void {
    const { callbacks, table } = this.mirrors
    const order = parseOrderKey(key)
    if (key === headKey) {
      const head = readHeadItem(item, "")
      this.checkBlame(address, JSON.stringify(head.parked ?? ""))
      const result = table.commit(address, head, by)
      if (result._tag === "Conflict")
        throw this.world.violate("wire", `${by} writes a head of ${address} that does not follow the one there`)
    } else if (order !== undefined) table.putSegment(address, order, JSON.parse(textOf(item, "o")))
    else if (isInboxKey(key)) {
      const row = readMessageItem(key, item)
      if (row.kind === "deleted") return table.entomb(address, row, by)
      if (!isNew) throw this.world.violate("wire", `${by} writes over ${key} of ${address}`)
      if (row.kind === "step") this.checkOutcome(address, row.key, JSON.stringify(row.outcome))
      this.row(address, row, by)
    } else if (key.startsWith("heartbeat/"))
      callbacks.beat(address, key.slice("heartbeat/".length), numberOf(item, "t"), by)
    else if (key.startsWith("mark/"))
      table.raise(address, key.slice("mark/".length), { to: numberOf(item, "m"), above: Number.POSITIVE_INFINITY })
    else throw this.world.violate("wire", `${by} writes ${key} of ${address}, which is nothing`)
  }

  /** L4: whose credentials are not taken is ill itself, and no run is parked or fails for it: others may turn it. */
  private checkBlame(address: string, text: string): void {
    if (isOfCredentials(text)) throw this.world.violate("L4", `${address} bears what a process lacks: ${text}`)
  }

  /** L4: an outcome waits for a right that its worker lacks: what the step has done is done. */
  private checkOutcome(address: string, key: string, text: string): void {
    this.checkBlame(address, text)
    if (isOfObjects(text))
      throw this.world.violate("L4", `${key} of ${address} fails for what can be put right: ${text}`)
  }

  private beside(partition: string, name: string, key: string, { item, isNew, by }: Written): void {
    const { output, replies } = this.mirrors
    if (!isNew) throw this.world.violate("wire", `${by} writes over ${key} of ${partition}/~${name}`)
    if (name === "replies") {
      const runId = parseRunPartition(partition)?.runId ?? ""
      const [, update = "", ...id] = key.split("/")
      return replies.put(runId, { name: update, id: id.join("/"), outcome: readOutcome(item) }, by)
    }
    const stream: OutputStream = { runId: partition.slice(partition.indexOf("/") + 1), name }
    output.put(stream, readChunkItem(item), by)
  }

  private mark(partition: string, key: string, { before, by, item }: Marked): void {
    const run = parseRunPartition(partition)
    if (run === undefined) throw this.world.violate("wire", `${by} marks a step in ${partition}`)
    const address = addressOf(run.runId, run.generation)
    if (isAttemptKey(key)) {
      const last = before === undefined ? 0 : numberOf(fromAttributes(before as Attributes), "t")
      if (numberOf(item, "t") < last)
        throw this.world.violate(
          "wire",
          `${by} notes of ${key} of ${partition} what was before that which stands there`
        )
      return this.mirrors.marks.noted(address, key)
    }
    const there = this.mirrors.marks.write(address, key.slice("begun/".length), readMark(item), this.lifeOf(by))
    if (there !== undefined) throw this.world.violate("wire", `${by} writes a mark over another of ${partition}`)
  }

  private tag(partition: string, item: Item): void {
    const run = parseTagsPartition(partition)
    const [key = "", ...value] = textOf(item, "sk").slice("tag/".length).split("=")
    const v = numberOf(item, "v")
    this.mirrors.table.noteTags(
      addressOf(run?.runId ?? "", Math.floor(v / 1_000_000)),
      { [key]: value.join("=") },
      v % 1_000_000,
      "gp" in item
    )
  }
}

interface Written {
  readonly item: Item
  readonly isNew: boolean
  readonly by: string
}
