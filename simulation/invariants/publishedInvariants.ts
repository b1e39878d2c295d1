import type { Actor } from "../../src/actor/actor.ts"
import { readEntry } from "../../src/actor/history/entry.ts"
import { runIdOf } from "../../src/actor/history/generation.ts"
import { type Head, isTerminal } from "../../src/actor/history/head.ts"
import type { Reply } from "../../src/actor/history/reply.ts"
import { isReference, type Payload } from "../../src/actor/values/payload.ts"
import { objectName } from "../../src/store/deletion/payloadNames.ts"
import { forgetRun } from "../services/deletion/forgetRun.ts"
import type { SimulatedPayloads } from "../services/simulatedPayloads.ts"
import type { SimulatedReplies } from "../services/simulatedReplies.ts"
import type { Trace } from "../workload/trace.ts"
import type { World } from "../world/world.ts"

export interface PublishedOptions {
  readonly world: World
  readonly payloads: SimulatedPayloads
  readonly replies: SimulatedReplies
  /** Code that was changed may have answered otherwise, or not yet. */
  readonly isOfChangedCode: (runId: string) => boolean
}

/** What a run shows and answers: its states are what its body set last (S22), and each update has the one answer that its history gives it (S23). */
export class PublishedInvariants {
  private readonly options: PublishedOptions
  /** The head that is being looked at goes on from where it was, and holds what the one before it held. */
  private isKept = false
  /** By generation: what its commits have answered, and how; of one that goes on from an earlier message also what was answered before it. */
  private readonly answered = new Map<string, Map<string, string>>()

  constructor(options: PublishedOptions) {
    this.options = options
    options.replies.onPut = (runId, reply, before) => this.replyPut(runId, reply, before)
  }

  /** Before anything else is asked of a new head: what the one before it answered must have been put. */
  headWritten(runId: string, before: Head | undefined, head: Head): void {
    const { replies, world } = this.options
    if (head.status === "parked") {
      if (
        before !== undefined &&
        JSON.stringify([head.states, head.replies]) !== JSON.stringify([before.states, before.replies])
      )
        throw world.violate("S23", `${runId} shows or answers something else as it is parked`)
      return
    }
    this.isKept = before !== undefined && head.adopted === before.adopted && isSame(head.replies, before.replies)
    if (this.isKept) return
    for (const { name, id } of this.heldBy(before)) {
      if (replies.get(runIdOf(runId), name, id) === undefined)
        throw world.violate(
          "S23",
          `v${head.version} of ${runId} is written, and the answer to ${name} ${id} is nowhere else`
        )
    }
  }

  /** The actor has replayed the history of this head; the trace is that of its body. */
  check(runId: string, head: Head, order: ReadonlyArray<string>, actor: Actor, trace: Trace): void {
    const replies = actor.updates.takeReplies()
    // Noted, so that replies of the run are known to be of such code.
    this.answeredBy(runId)
    if (this.options.isOfChangedCode(runId)) return
    this.checkStates(runId, head, trace)
    this.checkTags(runId, head, actor, trace)
    this.checkHandled(runId, order, trace)
    if (!this.isKept) this.checkReplies(runId, head, order, replies)
    const names = isTerminal(head.status) ? [] : actor.waiting.updates
    if ((head.updates ?? []).join() !== names.join())
      throw this.options.world.violate(
        "S13",
        `${runId} is said to take updates [${head.updates ?? []}], and takes [${names}]`
      )
  }

  private checkStates(runId: string, head: Head, { published }: Trace): void {
    const { world } = this.options
    const shown = (head.states ?? []).map(({ name, payload }) => `${name} ${this.textOf(payload)}`)
    const set = [...published].map(([name, value]) => `${name} ${JSON.stringify(value)}`)
    if (shown.toSorted().join() !== set.toSorted().join())
      throw world.violate("S22", `v${head.version} of ${runId} shows [${shown}], and its body has set [${set}]`)
  }

  private checkTags(runId: string, head: Head, { start }: Actor, { tagged }: Trace): void {
    const due: Record<string, string | null> = { ...start?.tags, ...Object.fromEntries(tagged) }
    const [shown, set] = [head.tags ?? {}, due].map((tags) =>
      Object.entries(tags)
        .flatMap(([key, value]) => (value === null ? [] : [`${key}=${value}`]))
        .toSorted()
        .join()
    )
    if (shown !== set)
      throw this.options.world.violate(
        "S22",
        `v${head.version} of ${runId} has the tags [${shown}], and was given [${set}]`
      )
  }

  /** Each update that was accepted is handled once, in the order in which it was adopted, and none that was refused. */
  private checkHandled(runId: string, order: ReadonlyArray<string>, { handled, outlived }: Trace): void {
    const { world } = this.options
    const accepted = order.map(readEntry).filter(({ key, isSetAside }) => !isSetAside && key.startsWith("update/"))
    const [due, done] = [accepted.map(({ key }) => key).join(), handled.map(({ key }) => key).join()]
    if (due !== done) throw world.violate("S23", `${runId} has accepted [${due}], and handled [${done}]`)
    if (outlived > 0) throw world.violate("S23", `handlers of ${runId} have gone on when its body had ended`)
    const wrong = handled.find(({ isRefused }) => isRefused)
    if (wrong !== undefined)
      throw world.violate("S23", `${runId} has handled ${wrong.key}, which its validator refuses`)
  }

  /** A commit holds the answers that its history has come to with it: no other, and each once. */
  private checkReplies(runId: string, head: Head, order: ReadonlyArray<string>, replies: ReadonlyArray<Reply>): void {
    const { world } = this.options
    const answered = this.answeredBy(runId)
    const isOver = isTerminal(head.status)
    const fresh = replies.filter((reply) => !answered.has(keyOf(reply)) && !(isOver && saysRunEnded(reply)))
    const [held, due] = [this.heldBy(head), fresh].map((some) =>
      some
        .map((reply) => this.showReply(reply))
        .toSorted()
        .join()
    )
    if (held !== due)
      throw world.violate("S23", `v${head.version} of ${runId} answers [${held}], and its history has come to [${due}]`)
    for (const reply of fresh) answered.set(keyOf(reply), this.showReply(reply))
    if (isOver) return
    const silent = order.map(readEntry).find(({ isSetAside, key }) => {
      const [kind, name, id] = key.split("/")
      return isSetAside && kind === "update" && !answered.has(`${name} ${id}`)
    })
    if (silent !== undefined) throw world.violate("S23", `${runId} has refused ${silent.key}, and does not say so`)
  }

  /** What the generation has kept of another one was answered by that. */
  keep(runId: string, replies: ReadonlyArray<Reply>): void {
    const answered = this.answeredBy(runId)
    for (const reply of replies) answered.set(keyOf(reply), this.showReply(reply))
  }

  private answeredBy(address: string): Map<string, string> {
    const answered = this.answered.get(address) ?? new Map<string, string>()
    this.answered.set(address, answered)
    return answered
  }

  /** `before`: it stays. Only what is handed over to a generation that goes on from an earlier message is answered once more. */
  private replyPut(runId: string, reply: Reply, before: Reply | undefined): void {
    const { world } = this.options
    const shown = this.showReply(reply)
    const generations = [...this.answered.keys()].filter((address) => runIdOf(address) === runId)
    const committed = generations.map((address) => this.answered.get(address)?.get(keyOf(reply)))
    if (before !== undefined && this.showReply(before) !== shown && new Set(committed).size < 2)
      throw world.violate("S23", `${runId} has answered [${this.showReply(before)}], and answers [${shown}]`)
    if (generations.some((address) => this.options.isOfChangedCode(address))) return
    if (!committed.includes(shown))
      throw world.violate("S23", `the reply [${shown}] of ${runId} is put, and its commits say [${committed.join()}]`)
  }

  forgotten(runId: string): void {
    forgetRun(this.answered, runId)
    this.options.replies.forget(runId)
  }

  private heldBy(head: Head | undefined): ReadonlyArray<Reply> {
    return head?.replies === undefined ? [] : JSON.parse(this.textOf(head.replies))
  }

  private showReply({ id, name, outcome }: Reply): string {
    return `${name} ${id}: ${outcome.tag} ${this.textOf(outcome.payload)}`
  }

  /** S11. */
  private textOf(payload: Payload): string {
    if (!isReference(payload)) return payload.json
    const text = this.options.payloads.get(objectName(payload))
    if (text === undefined) throw this.options.world.violate("S11", `${payload.sha256} is nowhere`)
    return text
  }
}

const isSame = (a: Payload | undefined, b: Payload | undefined): boolean => JSON.stringify(a) === JSON.stringify(b)

const keyOf = ({ id, name }: Reply): string => `${name} ${id}`

const saysRunEnded = ({ outcome }: Reply): boolean =>
  outcome.tag === "died" && "json" in outcome.payload && outcome.payload.json.includes('"reason":"runEnded"')
