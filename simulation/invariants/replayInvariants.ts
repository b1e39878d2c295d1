import { Actor } from "../../src/actor/actor.ts"
import { limitWorkflow } from "../../src/actor/calls/limits/limitWorkflow.ts"
import { eachWorkflowOf } from "../../src/actor/calls/many/eachWorkflow.ts"
import type { AnyWorkflow } from "../../src/actor/definitions/definition.ts"
import { isSystemName } from "../../src/actor/definitions/name.ts"
import { type Command, type CommandRecord, defaultChildRunId } from "../../src/actor/history/command.ts"
import { readEntry } from "../../src/actor/history/entry.ts"
import { runIdOf } from "../../src/actor/history/generation.ts"
import { endOf, type Head } from "../../src/actor/history/head.ts"
import { type Message, messageKey, payloadOf } from "../../src/actor/history/message.ts"
import { replayPortion } from "../../src/actor/turn.ts"
import { isReference } from "../../src/actor/values/payload.ts"
import { objectName } from "../../src/store/deletion/payloadNames.ts"
import { waitingFor } from "../../src/store/reading/waitingFor.ts"
import { adoptedOrder } from "../../src/store/reading/wholeRun.ts"
import { AskedCancels } from "../acts/askedCancels.ts"
import type { SimulatedPayloads } from "../services/simulatedPayloads.ts"
import type { SimulatedTable } from "../services/simulatedTable.ts"
import { signalsSentBy } from "../workload/features/otherRuns.ts"
import { askedTo, changedModel, fingerprintOf, type Model, rightModel } from "../workload/model.ts"
import { isOfSchedule } from "../workload/timetables/scheduled.ts"
import { shortScheduleWorkflow } from "../workload/timetables/shortGenerations.ts"
import type { World } from "../world/world.ts"
import type { CallbackInvariants } from "./callbackInvariants.ts"
import { checkParked, checkWays } from "./changeInvariants.ts"
import type { CopyInvariants } from "./copies/copyInvariants.ts"
import type { OtherRunsInvariants } from "./otherRunsInvariants.ts"
import type { PublishedInvariants } from "./publishedInvariants.ts"
import { checkSignals } from "./signalInvariants.ts"

interface Beside {
  readonly callbacks?: CallbackInvariants
  readonly copies?: CopyInvariants
}

/** What a replay of the history that has just been committed tells: S5, S14, and that time and signals come in their order. */
export class ReplayInvariants {
  private readonly world: World
  private readonly table: SimulatedTable
  private readonly payloads: SimulatedPayloads
  published: PublishedInvariants | undefined
  /** Cancellations of children that commits have asked for: `parent child`. */
  readonly cancelled = new Set<string>()
  private readonly others: OtherRunsInvariants
  readonly cancels = new AskedCancels()
  private readonly callbacks: CallbackInvariants | undefined
  private readonly copies: CopyInvariants | undefined
  /** Of the last replay, signals that its source had sent. */
  private sentBefore = 0
  /** All that the last replay has asked for. */
  private fresh: ReadonlyArray<Command> = []

  constructor(
    world: World,
    table: SimulatedTable,
    payloads: SimulatedPayloads,
    others: OtherRunsInvariants,
    { callbacks, copies }: Beside
  ) {
    this.callbacks = callbacks
    this.copies = copies
    this.others = others
    this.world = world
    this.table = table
    this.payloads = payloads
  }

  /** By the code that wrote the head: what stands in it is what its history comes to. */
  check(runId: string, head: Head, order: ReadonlyArray<string>, adoptedBefore: number, isChanged: boolean): void {
    const model = isChanged ? changedModel : rightModel
    if (head.status === "parked") {
      if (!isChanged) checkParked(this.world, runId, head, this.table.row(runId, "start"))
      return
    }
    const mayEndEarly = head.outcome !== undefined && order.length > adoptedBefore + 1
    const actor = this.replayed(model, runId, head, order, mayEndEarly)
    if (actor === undefined) return
    for (const { command, cancelRequested } of actor.ledger.openChildren()) {
      const isLeft = head.outcome !== undefined && command.whenParentEnds === "cancel"
      if (cancelRequested || isLeft) this.cancelled.add(`${runId} ${command.runId}`)
    }
    this.others.replayed(runId, actor, this.fresh)
    if (head.workflow === "program") this.checkSent(runId, model)
    if (head.workflow === "program") {
      checkWays(this.world, runId, order, model.trace())
      this.checkTrace(runId, head, order, model, actor)
      this.published?.check(runId, head, order, actor, model.trace())
    }
    if (head.outcome !== undefined) {
      if (actor.outcome === undefined) throw this.world.violate("S5", `${runId} has ended, and its replay does not`)
      // Of a run that goes on with another start: as its body has ended.
      const tag = endOf(head)?.tag ?? head.outcome.tag
      if (actor.outcome.tag !== tag) {
        throw this.world.violate("S5", `${runId} has ${tag}, and its replay ${actor.outcome.tag}`)
      }
      if (head.workflow === "program") this.checkUndone(runId, tag, model)
      return
    }
    const { ledger } = actor
    const late = ledger.firstDue(actor.now)?.timer
    if (late !== undefined)
      throw this.world.violate(
        "S19",
        `${runId} has come to ${actor.now}, and waits for timer ${late.key}, due ${late.due}`
      )
    if (differ(head.open, ledger.openRecords()) || differ(head.abandoned, ledger.abandonedRecords())) {
      throw this.world.violate(
        "S5",
        `v${head.version} of ${runId} has open [${show(head.open)}], its replay [${show(ledger.openRecords())}]; abandoned ` +
          `[${show(head.abandoned)}], its replay [${show(ledger.abandonedRecords())}]`
      )
    }
    const told = waitingFor(runId, head, undefined)
    for (const { command } of ledger.openChildren()) {
      const child = told.find((one) => one.kind === "child" && one.key === command.key)
      if (child?.kind === "child" && child.runId !== command.runId)
        throw this.world.violate("S13", `${runId} is said to wait for ${child.runId}, and waits for ${command.runId}`)
    }
    const { endless, signals } = actor.waiting
    if ((head.signals ?? []).join() !== signals.join() || (head.endless === true) !== endless) {
      throw this.world.violate(
        "S13",
        `v${head.version} of ${runId} is said to wait for signals [${head.signals ?? []}], its replay for [${signals}]`
      )
    }
  }

  /** Code goes on only from a head that it would have written itself, commands and all; otherwise it parks the run. */
  checkBasis(runId: string, before: Head, isChanged: boolean): void {
    const order = adoptedOrder(before, { segments: this.table.segments(runId) })
    const model = isChanged ? changedModel : rightModel
    const actor = this.replayed(model, runId, before, order)
    if (actor === undefined || before.adopted === 0) return
    if (before.workflow === "program") this.checkInputs(runId, order, model)
    const { ledger, outcome } = actor
    const isOther =
      actor.order.length < order.length ||
      // Changed code may end a run by replay alone.
      (outcome === undefined && differ(before.open, ledger.openRecords())) ||
      (outcome === undefined && differ(before.abandoned, ledger.abandonedRecords()))
    if (!isOther) return
    throw this.world.violate(
      "S5",
      `${runId} went on from v${before.version}, which has open [${show(before.open)}], by code that has [${show(ledger.openRecords())}]`
    )
  }

  /** What a replay goes by are answers to what it has asked for, with the same input. */
  private checkInputs(runId: string, order: ReadonlyArray<string>, model: Model): void {
    const asked = new Set(model.trace().asked.map(({ step, input }) => `${step} ${fingerprintOf(model, step, input)}`))
    for (const entry of order) {
      const { key, isSetAside } = readEntry(entry)
      const row = isSetAside ? undefined : this.table.row(runId, key)
      if (row?.kind !== "step" || isSystemName(row.key) || asked.has(`${row.key.split(/[#:]/)[0]} ${row.fingerprint}`))
        continue
      throw this.world.violate("S5", `${runId} goes on by ${entry}, the answer to another input`)
    }
  }

  /** A run that is terminated cancels the children that stand in its head. */
  noteLeft(runId: string, { open }: Head): void {
    for (const { childRunId, key } of open)
      this.cancelled.add(`${runId} ${childRunId ?? defaultChildRunId(runId, key)}`)
  }

  /** S9: nobody cancels a run but clients, and its parent if it has one. */
  checkCancel(runId: string, reason: string | null): void {
    if (reason === askedTo) {
      if (this.cancels.countOf(runIdOf(runId)) > 0) return
      throw this.world.violate("S9", `${runId} is cancelled by a client, and none was asked to`)
    }
    // Of a generation that has no start row yet the first one's says as much.
    const start = this.table.row(runId, "start") ?? this.table.row(runIdOf(runId), "start")
    const parent = start?.kind === "start" ? start.parent?.runId : undefined
    // Whoever removes one, and whose place another takes: S40.
    if (isOfSchedule(runId) || isOfSchedule(parent ?? "")) return
    if (parent === undefined || !this.cancelled.has(`${parent} ${runIdOf(runId)}`))
      throw this.world.violate("S9", `${runId} is cancelled, and ${parent ?? "a client"} has not asked for it`)
  }

  private replayed(model: Model, runId: string, head: Head, order: ReadonlyArray<string>, mayEndEarly = false) {
    const workflow = workflowsOf(model).get(head.workflow)
    if (workflow === undefined) return undefined
    const rows = new Map<string, Message>()
    for (const row of this.table.rows(runId)) rows.set(messageKey(row), this.resolved(row))
    // Whoever asks compares what it has come to.
    model.forget()
    const actor = new Actor({ workflow, runId })
    // S6: nothing is adopted after the end: without the last message there is none.
    const beforeLast = () => {
      if (mayEndEarly && actor.outcome !== undefined)
        throw this.world.violate("S6", `${runId} had ended, and has adopted ${order.at(-1)} after that`)
    }
    const kept = this.replayKept(model, runId, actor, order, rows, beforeLast)
    if (kept < order.length) {
      replayPortion(actor, order.slice(kept, -1), rows)
      beforeLast()
      replayPortion(actor, order.slice(-1), rows)
    }
    actor.cut?.pass()
    this.fresh = actor.ledger.takeFresh()
    return actor
  }

  /**
   * What a copy has from its source, piece by piece. Where it goes on, what sleeps has as much time left as it had, and ends later than it was to; what was
   * sent by then, its source has sent. Answers with how many messages those are.
   */
  private replayKept(
    model: Model,
    runId: string,
    actor: Actor,
    order: ReadonlyArray<string>,
    rows: ReadonlyMap<string, Message>,
    beforeLast: () => void
  ): number {
    this.sentBefore = 0
    let [kept, wentOnAt] = [0, 0]
    for (const { goesOnAt, upTo } of this.copies?.piecesOf(runId) ?? []) {
      const last = Math.max(kept, upTo - 1)
      replayPortion(actor, order.slice(kept, last), rows)
      // By other code than that of whoever asked for it, a copy may end with what it has kept.
      if (last < upTo && upTo === order.length) beforeLast()
      replayPortion(actor, order.slice(last, upTo), rows)
      kept = upTo
      const trace = model.trace()
      this.sentBefore = signalsSentBy(trace)
      const laterMs = Math.max(0, goesOnAt - Math.max(actor.now, wentOnAt))
      wentOnAt = Math.max(wentOnAt, goesOnAt)
      for (const asleep of trace.asleep) if (asleep.isFixed !== true) asleep.due += laterMs
      actor.cut?.pass()
      // A fork is another run, and answers for itself.
      if (this.copies?.isFork(runId) === false) this.published?.keep(runId, actor.updates.takeReplies())
    }
    return kept
  }

  /** S14, as the replay that has just been made saw it: all that was registered is undone, in reverse, once. */
  private checkUndone(runId: string, outcome: string, model: Model): void {
    const { registered, begun } = model.trace()
    const due = registered
      .filter(({ always }) => always || !(outcome === "succeeded" || outcome === "continued"))
      .map(({ id }) => id)
    if (due.reverse().join() === begun.join()) return
    throw this.world.violate(
      "S14",
      `${runId} ${outcome}: to be undone [${due.join(", ")}], undone [${begun.join(", ")}]`
    )
  }

  /** S25: each signal that the body has sent to another run is one of its own. */
  private checkSent(runId: string, model: Model): void {
    const sent = signalsSentBy(model.trace()) - this.sentBefore
    // Those of the runtime's own stop child runs of a `forEachStep`.
    const asked = this.fresh.filter((command) => command.kind === "send" && !isSystemName(command.name)).length
    if (sent !== asked) throw this.world.violate("S25", `${runId} has sent ${sent} signals, and asks for ${asked}`)
  }

  private checkTrace(runId: string, head: Head, order: ReadonlyArray<string>, model: Model, actor: Actor): void {
    const { world } = this
    const trace = model.trace()
    const { times, shortSleeps, disorder, cut, overlaps, moments, astray } = trace
    for (let i = 1; i < times.length; i++) {
      if ((times[i] as number) < (times[i - 1] as number))
        throw world.violate("S9", `time goes back in ${runId}, from ${times[i - 1]} to ${times[i]}`)
    }
    this.callbacks?.checkTrace(runId, head, order, model.trace())
    if (shortSleeps > 0) throw world.violate("S9", `${runId} has slept for less than it was to`)
    if (disorder !== undefined) throw world.violate("S19", `in ${runId} ${disorder}`)
    if (cut > 0)
      throw world.violate("S14", `${runId} was interrupted where it is not known whether there is something to undo`)
    if (overlaps > 0) throw world.violate("S14", `${runId} undoes two things at a time`)
    for (const { due } of moments) {
      if (due <= actor.now) throw world.violate("S19", `${runId} sleeps until ${due}, and has come to ${actor.now}`)
    }
    if (astray !== undefined) throw world.violate("S21", `in ${runId} ${astray}`)
    const row = (key: string) => this.table.row(runId, key)
    checkSignals({ runId, head, order, row, trace, waiting: actor.waiting.signals }, world)
  }

  private resolved(row: Message): Message {
    const payload = payloadOf(row)
    if (payload === undefined || !isReference(payload)) return row
    const json = this.payloads.get(objectName(payload)) ?? "null"
    switch (row.kind) {
      case "start":
        return { ...row, input: { json } }
      case "signal":
      case "update":
        return { ...row, payload: { json } }
      case "step":
      case "child":
      case "callback":
        return { ...row, outcome: { ...row.outcome, payload: { json } } }
      default:
        return row
    }
  }
}

const workflowsOf = (model: Model) => (model === rightModel ? right : changed)
const byName = (model: Model) =>
  new Map(
    [...model.workflows, limitWorkflow, shortScheduleWorkflow, ...model.steps.map(eachWorkflowOf)].map((one) => [
      one.workflowName,
      one as AnyWorkflow
    ])
  )
const right = byName(rightModel)
const changed = byName(changedModel)

const differ = (a: ReadonlyArray<CommandRecord>, b: ReadonlyArray<CommandRecord>): boolean =>
  (a.length > 0 || b.length > 0) && show(a) !== show(b)

const show = (records: ReadonlyArray<CommandRecord>): string =>
  records
    .map(({ kind, key, fingerprint }) => `${kind} ${key} ${fingerprint}`)
    .sort()
    .join(", ")
