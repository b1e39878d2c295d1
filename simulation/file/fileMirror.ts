import { adoptedKey } from "../../src/actor/history/entry.ts"
import { runIdOf } from "../../src/actor/history/generation.ts"
import type { Head } from "../../src/actor/history/head.ts"
import { isDecisionKey, type Message, messageKey } from "../../src/actor/history/message.ts"
import type { Reply } from "../../src/actor/history/reply.ts"
import type { OutputChunk } from "../../src/store/beside/outputChunks.ts"
import type { StepMark } from "../../src/store/beside/stepMarks.ts"
import type { SeenByAll } from "../ground/ground.ts"
import type { Life } from "../world/machine.ts"
import type { Violation, World } from "../world/world.ts"
import type { DoorbellMirror } from "./doorbellMirror.ts"
import { Erasures } from "./erasures.ts"
import type { QueueRows } from "./queueRows.ts"
import type { Written } from "./written.ts"

/**
 * What a transaction has written, told to the tables that the invariants look at in the moment in which it stands. One that comes to stand as a whole has no
 * order of its own: it is told in one that a store without transactions would keep, segments ahead of the head that counts them, and wake-ups that are
 * spent behind all else.
 */
export class FileMirror {
  private readonly world: World
  private readonly mirrors: SeenByAll
  private readonly queue: QueueRows
  private readonly doorbells: DoorbellMirror
  private readonly erasures: Erasures
  /** Of rows that ring. */
  private readonly ringing = new Set<string>()
  private ledgerIds: Array<string> = []
  /** Of the transaction that is being told, by run and version. */
  private answers: ReadonlyMap<string, ReadonlyArray<Reply>> = new Map()

  constructor(world: World, mirrors: SeenByAll, queue: QueueRows, doorbells: DoorbellMirror) {
    this.world = world
    this.mirrors = mirrors
    this.queue = queue
    this.doorbells = doorbells
    this.erasures = new Erasures(world, mirrors)
  }

  committed(written: ReadonlyArray<Written>, life: Life | undefined): void {
    const behind: Array<() => void> = []
    this.answers = answersIn(written)
    for (const one of inOrder(written)) {
      const then = this.tell(one, life)
      if (then !== undefined) behind.push(then)
    }
    for (const then of behind) then()
    this.erasures.checkWhole()
    this.queue.settled()
  }

  private tell(written: Written, life: Life | undefined): (() => void) | undefined {
    if (this.erasures.tell(written)) return undefined
    const { what, a, b, c, d } = written
    const { callbacks, output, payloads, replies, table } = this.mirrors
    const by = life?.name ?? "world"
    const [run, key] = [String(a), String(b)]
    switch (what) {
      case "inbox put":
        return this.row(run, JSON.parse(String(c)), by)
      case "runs put":
      case "runs changed":
        return this.head(run, JSON.parse(key), [Number(c), Number(d)], by)
      case "segments put":
        return void table.putSegment(run, Number(b), JSON.parse(String(c)))
      case "replies put":
        return void replies.put(run, { name: key, id: String(c), outcome: JSON.parse(String(d)) } as Reply, by)
      case "output put": {
        const chunk = { ...JSON.parse(String(c)), ...JSON.parse(String(d)) } as OutputChunk
        if (output.put({ runId: run, name: key }, chunk, by)._tag === "Inserted") return undefined
        throw this.violate(`${by} puts values over others in ${key} of ${run}`)
      }
      case "marks put":
        return void table.raise(run, key, { to: Number(c), above: Number.POSITIVE_INFINITY })
      case "step_marks put":
        return this.mark(run, key, JSON.parse(String(c)), life as Life)
      case "heartbeats put":
        return void callbacks.beat(run, key, Number(c), by)
      case "payloads put":
        return void payloads.put(run, key)
      case "ledger put":
        this.ledgerIds.push(run)
        return void table.ledger.write({ items: [{ Update: { TableName: "ledger", Key: { id: run } } }] })
      case "orders put":
        // Behind the rows that are of its transaction.
        return () => table.orderWritten(run)
      case "doorbells put":
        return void this.ringing.add(`${run} ${key}`)
      case "doorbells gone":
        this.ringing.delete(`${run} ${key}`)
        return () => this.doorbells.onSpent({ runId: run, key })
      case "queue put":
        return void this.queue.put(Number(a), key, String(c))
      case "queue changed":
        return void this.queue.changed(Number(a), String(c))
      case "queue gone":
        return this.queue.gone(Number(a))
      default:
        throw this.violate(`${by} writes over what is there: ${what} of ${run} ${key}`)
    }
  }

  /** Nobody is rung for a row that a commit of the same transaction adopts. */
  private row(address: string, row: Message, by: string): (() => void) | undefined {
    const { table } = this.mirrors
    if (row.kind === "deleted") return void table.entomb(address, row, by)
    if (table.put(address, row, by)._tag === "Exists")
      throw this.violate(`${by} puts ${messageKey(row)} of ${address} a second time`)
    const ids = this.ledgerIds
    this.ledgerIds = []
    if (ids.length > 0) table.ledgerNoted(address, ids, row)
    return () => {
      const key = messageKey(row)
      if (!this.ringing.has(`${address} ${key}`)) this.doorbells.onSpent({ runId: address, key })
    }
  }

  private head(address: string, head: Head, [before, version]: readonly [number, number], by: string): undefined {
    if (version !== head.version || before !== version - 1)
      throw this.violate(
        `${by} writes v${version} of ${address} in place of v${before}, and its head says v${head.version}`
      )
    if (this.mirrors.table.commit(address, this.withAnswers(address, head), by)._tag === "Conflict")
      throw this.violate(`${by} writes a head of ${address} that does not follow the one there`)
  }

  /** Stores without transactions have in the head what a commit answers, and the invariants look there. */
  private withAnswers(address: string, head: Head): Head {
    const replies = this.answers.get(`${address} ${head.version}`)
    if (replies === undefined) {
      const before = this.mirrors.table.head(address)
      return before?.replies !== undefined && isOfNoTurn(before, head) ? { ...head, replies: before.replies } : head
    }
    return { ...head, replies: { json: JSON.stringify(replies) } }
  }

  private mark(address: string, key: string, mark: StepMark, life: Life): undefined {
    if (this.mirrors.marks.write(address, key, mark, life) !== undefined)
      throw this.violate(`${life.name} writes a mark over another of ${key} of ${address}`)
  }

  private violate(message: string): Violation {
    return this.world.violate("file", message)
  }
}

/** One that only parks the run, or decides about it, leaves the rest as it is. */
const isOfNoTurn = (before: Head, head: Head): boolean => {
  const count = head.adopted - before.adopted
  const isDecided = count > 0 && head.tail.slice(-count).every((entry) => isDecisionKey(adoptedKey(entry)))
  return head.status === "parked" || isDecided
}

/** What each commit of a transaction answers: it stands behind its head. */
const answersIn = (written: ReadonlyArray<Written>): ReadonlyMap<string, ReadonlyArray<Reply>> => {
  const answers = new Map<string, ReadonlyArray<Reply>>()
  const commits = new Map<string, string>()
  for (const { what, a, b, c, d } of written) {
    if (what.startsWith("runs ")) commits.set(runIdOf(String(a)), `${a} ${d}`)
    if (what !== "replies put") continue
    const commit = commits.get(String(a)) ?? ""
    const reply = { name: String(b), id: String(c), outcome: JSON.parse(String(d)) } as Reply
    answers.set(commit, [...(answers.get(commit) ?? []), reply])
  }
  return answers
}

/** A segment ahead of the head that is of the same commit, and what a step writes ahead of its row. */
const inOrder = (written: ReadonlyArray<Written>): ReadonlyArray<Written> => {
  const ordered: Array<Written> = []
  for (const one of written) {
    const isAhead = {
      "segments put": ({ a, what }: Written) => a === one.a && what.startsWith("runs "),
      "ledger put": ({ what }: Written) => what === "inbox put"
    }[one.what]
    const at = isAhead === undefined ? -1 : ordered.findLastIndex(isAhead)
    ordered.splice(at < 0 ? ordered.length : at, 0, one)
  }
  return ordered
}
