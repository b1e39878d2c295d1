import type { Actor } from "../../src/actor/actor.ts"
import { isLimiter } from "../../src/actor/calls/limits/limitNames.ts"
import { readAwaitRefusal } from "../../src/actor/history/awaitRefusal.ts"
import { awaitMark, type Command } from "../../src/actor/history/command.ts"
import { adoptedKey } from "../../src/actor/history/entry.ts"
import { addressOf, nextAddress, parseAddress, runIdOf } from "../../src/actor/history/generation.ts"
import { endOf, type Head, isTerminal } from "../../src/actor/history/head.ts"
import { type ChildMessage, type Message, messageKey } from "../../src/actor/history/message.ts"
import { forgetRun } from "../services/deletion/forgetRun.ts"
import type { SimulatedTable } from "../services/simulatedTable.ts"
import { isBeside, isCancelledByHandle, policyOf } from "../workload/features/otherRuns.ts"
import { askedTo } from "../workload/model.ts"
import { isOfSchedule } from "../workload/timetables/scheduled.ts"
import type { World } from "../world/world.ts"

/** By the place in the history of its sender: nobody has given it. */
const isFresh = (id: string): boolean => /\/\d+\.\d+$/.test(id)

interface Sent {
  readonly to: string
  readonly key: string
  readonly toChild: string | undefined
  /** When the commit stood. */
  readonly at: number
}

/**
 * S25: what a body sends to another run is there once and in its order, if its commit stands, and is there before the run commits
 * again; who waits for the end of another run is told that and nothing else; and children come to the end that their policy says.
 */
export class OtherRunsInvariants {
  private readonly world: World
  private readonly table: SimulatedTable
  private readonly startedAt = new Map<string, number>()
  private readonly endedAt = new Map<string, number>()
  /** By sender, and by `<receiver> <key>`. */
  private readonly sent = new Map<string, Map<string, Sent>>()
  private readonly changed = new Set<string>()
  /** By sender: of its last commit. */
  private readonly pending = new Map<string, ReadonlyArray<Sent>>()
  /** By `<waiter> <key>`, the run that is waited for and the workflow that it is to be of. */
  private readonly awaited = new Map<
    string,
    { readonly runId: string; readonly workflow: string; readonly at: number }
  >()

  constructor(world: World, table: SimulatedTable) {
    this.world = world
    this.table = table
  }

  forgotten(runId: string): void {
    for (const known of [this.startedAt, this.endedAt, this.sent, this.changed, this.pending, this.awaited])
      forgetRun(known, runId)
    forgetRun(this.startedLast, runId)
  }

  /** Children that a last commit has started: no head tells of them. */
  private readonly startedLast = new Set<string>()

  isStartedLast(runId: string, key: string, fingerprint: string): boolean {
    return this.startedLast.has(`${runId} ${key} ${fingerprint}`)
  }

  /** The run that a command with that key waits for. */
  awaitedRun(runId: string, key: string): string | undefined {
    return this.awaited.get(`${runId} ${key}`)?.runId
  }

  rowPut(runId: string, row: Message): void {
    if (row.kind === "start") this.startedAt.set(runId, this.world.now)
    if (row.kind === "signal" && !this.isOfEarlier(runId, messageKey(row))) {
      const sender = senderOf(row.id)
      // It may go to a later generation of that run.
      const sent = sender === undefined ? undefined : this.sent.get(sender)?.get(`${runIdOf(runId)} ${messageKey(row)}`)
      if (sender !== undefined && sent === undefined)
        throw this.world.violate("S25", `${messageKey(row)} comes to ${runId}, and no commit of ${sender} has sent it`)
      if (sender !== undefined && sent?.toChild !== undefined && !this.isChild(runId, sender, sent.toChild))
        throw this.world.violate("S25", `${messageKey(row)} was for a child of ${sender}, and comes to ${runId}`)
    }
    if (row.kind === "await" && !this.awaited.has(`${row.waiter.runId} ${row.waiter.key}`))
      throw this.world.violate("S25", `${runId} is asked by ${row.waiter.runId}, which no commit has`)
    if (row.kind === "child" && row.key.startsWith(awaitMark)) this.checkTold(runId, row)
    // Clients may cancel a child run as any other.
    const isOfItsOwn = row.kind === "cancel" && row.reason !== askedTo
    if (isOfItsOwn && this.mayBeLeft(runId) && !isCancelledByHandle(this.linkOf(runId)?.key ?? ""))
      throw this.world.violate("S25", `${runId} is cancelled, and was to go on whatever becomes of its parent`)
  }

  /** `isChanged`: by code that may come to other signals, and then makes sure of none. */
  headWritten(
    runId: string,
    before: Head | undefined,
    head: Head,
    order: ReadonlyArray<string>,
    isChanged: boolean
  ): void {
    if (head.status !== "parked") {
      if (!isChanged) for (const sent of this.pending.get(runId) ?? []) this.checkThere(runId, sent, () => true)
      this.pending.delete(runId)
    }
    if (isChanged) this.changed.add(runId)
    this.checkOrder(runId, order, before?.adopted ?? 0)
    this.noteEnd(runId, head)
  }

  /** Nothing is sent to a run that is over, however it has ended. */
  noteEnd(runId: string, head: Head): void {
    if (head.outcome !== undefined) this.endedAt.set(runId, this.world.now)
  }

  /** As the replay of a head that has just been written tells. */
  replayed(runId: string, { ledger, outcome }: Actor, fresh: ReadonlyArray<Command>): void {
    if (outcome !== undefined)
      for (const command of fresh)
        if (command.kind === "child") this.startedLast.add(`${runId} ${command.key} ${command.fingerprint}`)
    const known = this.sent.get(runId) ?? new Map<string, Sent>()
    this.sent.set(runId, known)
    const more: Array<Sent> = []
    const ids = new Set<string>()
    for (const command of fresh) {
      if (command.kind !== "send") continue
      const { id, name, runId: to, toChild } = command
      const key = `signal/${name}/${id}`
      // One that the code names itself may be sent more than once.
      if (ids.has(`${to} ${key}`) && isFresh(id))
        throw this.world.violate("S25", `${runId} sends ${to} two signals as ${key}`)
      ids.add(`${to} ${key}`)
      if (known.has(`${to} ${key}`)) continue
      const sent = { to, key, toChild, at: this.world.now }
      known.set(`${to} ${key}`, sent)
      more.push(sent)
    }
    if (more.length > 0) this.pending.set(runId, more)
    for (const { key, runId: to, workflow } of ledger.openAwaits()) {
      const id = `${runId} ${key}`
      if (!this.awaited.has(id)) this.awaited.set(id, { runId: to, workflow, at: this.world.now })
    }
  }

  /** Of a child that its parent has started or called: may it go on when the parent has ended? */
  mayOutlive(childId: string): boolean {
    if (isOfSchedule(this.linkOf(childId)?.runId ?? "")) return true
    const key = this.linkOf(childId)?.key
    const policy = key === undefined ? undefined : policyOf(`:${key}`)
    if (key === undefined || policy === undefined) return false
    return policy === "abandon" || (policy === "cancel" && isBeside(key))
  }

  /** A child that is cancelled where its parent has ended. */
  isToBeCancelled(childId: string, parent: string): boolean {
    const key = this.linkOf(childId)?.key
    const isLeft = key !== undefined && policyOf(`:${key}`) === "cancel" && isBeside(key)
    return isLeft && this.endedAt.has(parent) && !this.changed.has(parent)
  }

  /** May the child be left alone by a parent that was cancelled, or has ended? */
  mayBeLeft(childId: string): boolean {
    const key = this.linkOf(childId)?.key
    const policy = key === undefined ? undefined : policyOf(`:${key}`)
    return policy === "abandon" || policy === "wait"
  }

  get hasPending(): boolean {
    return this.pending.size > 0
  }

  /** Once all is still, and nothing was lost for good: what the last commits of runs have sent, and whom they have cancelled. */
  settled(since: number): void {
    for (const [runId, some] of this.pending) {
      if (this.changed.has(runId)) continue
      for (const sent of some)
        this.checkThere(runId, sent, (endedAt) => endedAt < Math.max(since, sent.at + muchLaterMs))
    }
  }

  /** It is brought along from a generation before, which may have it from the source of a fork. */
  private isOfEarlier(address: string, key: string): boolean {
    const { generation, runId } = parseAddress(address)
    for (let number = 0; number < generation; number++)
      if (this.table.row(addressOf(runId, number), key) !== undefined) return true
    return false
  }

  private linkOf(childId: string) {
    const start = this.table.row(childId, "start")
    return start?.kind === "start" ? start.parent : undefined
  }

  private isChild(runId: string, parent: string, key: string): boolean {
    const link = this.linkOf(runId)
    return link?.runId === parent && link.key === key
  }

  private checkThere(runId: string, sent: Sent, mayHaveEnded: (endedAt: number) => boolean): void {
    const { at, key, to, toChild } = sent
    if (this.table.rowOfRun(to, key) !== undefined) return
    const startedAt = this.startedAt.get(to)
    // It was not there, is another's, or had ended. A child is there before what is sent to it.
    if (startedAt === undefined || (startedAt >= at && toChild === undefined)) return
    if (toChild !== undefined && !this.isChild(to, runId, toChild)) return
    const endedAt = this.endedAt.get(to)
    if (endedAt !== undefined && mayHaveEnded(endedAt)) return
    throw this.world.violate("S25", `${runId} has sent ${key} to ${to}, and it is not there`)
  }

  /** Of one sender in the order in which it sent them, and before the end of that run if this one was told of it. */
  private checkOrder(runId: string, order: ReadonlyArray<string>, adopted: number): void {
    const last = new Map<string, readonly [index: number, count: number]>()
    for (const [place, entry] of order.entries()) {
      const row = this.table.row(runId, adoptedKey(entry))
      if (row?.kind === "signal") {
        const [sender, index, count] = partsOf(row.id) ?? []
        if (sender === undefined || index === undefined || count === undefined) continue
        const before = last.get(sender)
        if (place >= adopted && before !== undefined && (before[0] - index || before[1] - count) > 0)
          throw this.world.violate("S25", `${runId} adopts ${entry}, which ${sender} sent before others that it has`)
        last.set(sender, [index, count])
      }
      if (row?.kind === "child" && place >= adopted) this.checkEnd(runId, row, order.slice(0, place))
    }
  }

  private checkEnd(runId: string, { key }: ChildMessage, before: ReadonlyArray<string>): void {
    const sender = this.childOf(runId, key)
    if (sender === undefined) return
    const adopted = new Set(before.map(adoptedKey))
    for (const { key: sent, to } of this.sent.get(sender)?.values() ?? []) {
      if (to !== runIdOf(runId) || adopted.has(sent) || this.table.row(runId, sent) === undefined) continue
      throw this.world.violate("S25", `${runId} hears of the end of ${sender} before it has adopted ${sent}`)
    }
  }

  private childOf(runId: string, key: string): string | undefined {
    // Whose child it is not may be told in any order.
    if (key.startsWith(awaitMark)) return undefined
    for (const childId of this.startedAt.keys()) {
      if (this.isChild(childId, runId, key)) return childId
    }
    return undefined
  }

  /** It was deleted, and this question had not come before. */
  private isDeletedUnasked(runId: string, waiter: string, key: string): boolean {
    const grave = this.table.graves.of(runId)
    const rows = [...(grave?.partitions.values() ?? [])].flatMap((one) => [...one.rows.values()])
    const isIt = (row: Message) => row.kind === "await" && row.waiter.runId === waiter && row.waiter.key === key
    return grave !== undefined && !rows.some(isIt)
  }

  private checkTold(runId: string, row: ChildMessage): void {
    const asked = this.awaited.get(`${runId} ${row.key}`)
    if (asked === undefined)
      throw this.world.violate("S25", `${runId} is told of ${row.key}, for which no commit has asked`)
    const start = this.table.row(asked.runId, "start")
    // It may have been started again since.
    const heads: Array<Head> = []
    for (let address = asked.runId; ; address = nextAddress(address)) {
      const one = this.table.head(address)
      if (one === undefined) break
      heads.push(one)
    }
    const head = heads.at(-1)
    const refusal = readAwaitRefusal(row.outcome)
    const isNotFound = () =>
      start === undefined ||
      this.isDeletedUnasked(asked.runId, runId, row.key) ||
      (this.startedAt.get(asked.runId) ?? 0) >= asked.at
    const isTrue = () => {
      if (refusal?.reason === "notFound") return isNotFound()
      // A limiter is not told why.
      if (isLimiter(runId) && row.outcome.tag === "died" && isNotFound()) return true
      if (refusal?.reason === "otherWorkflow") return start?.kind === "start" && start.workflow !== asked.workflow
      return (
        start?.kind === "start" && start.workflow === asked.workflow && heads.some((one) => isSame(runId, one, row))
      )
    }
    if (isTrue()) return
    const what = refusal === undefined ? row.outcome.tag : refusal.reason
    throw this.world.violate(
      "S25",
      `${runId} is told that ${asked.runId} has come to ${what}, which is ${head?.status}`
    )
  }
}

/** After a commit: as long as its sender may have been down, and another host at work. */
const muchLaterMs = 180_000

/** A limiter is told that a run is over, and nothing of what it has come to. */
const isSame = (runId: string, head: Head | undefined, { outcome }: ChildMessage): boolean => {
  if (head === undefined || !isTerminal(head.status)) return false
  const end = endOf(head)
  const told = isLimiter(runId) && end !== undefined ? { tag: end.tag, payload: { json: "null" } } : end
  return JSON.stringify(told) === JSON.stringify(outcome)
}

/** Signals of bodies have ids that tell whose they are: those of clients have not. */
const partsOf = (id: string): readonly [string, number, number] | undefined => {
  const parts = /^(.*)\/(\d+)\.(\d+)$/.exec(id)
  return parts === null ? undefined : [decodeURIComponent(parts[1] as string), Number(parts[2]), Number(parts[3])]
}

const senderOf = (id: string): string | undefined => partsOf(id)?.[0]
