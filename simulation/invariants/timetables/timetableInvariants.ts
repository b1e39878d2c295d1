import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import {
  type LookOutput,
  scheduleCancel,
  scheduleControl,
  scheduleLook,
  shownSpec,
  shownStatus
} from "../../../src/actor/calls/schedules/scheduleParts.ts"
import type { ScheduleSpec, ScheduleState } from "../../../src/actor/calls/schedules/scheduleSpec.ts"
import { shiftOf } from "../../../src/actor/calls/schedules/scheduleTimes.ts"
import { nameOfSchedule, scheduleRunId, scheduleWorkflow } from "../../../src/actor/calls/schedules/scheduleWorkflow.ts"
import { awaitMark } from "../../../src/actor/history/command.ts"
import { adoptedTime, readEntry } from "../../../src/actor/history/entry.ts"
import { parseAddress, runIdOf } from "../../../src/actor/history/generation.ts"
import { type Head, isTerminal } from "../../../src/actor/history/head.ts"
import { type ChildMessage, isDecision, type Message, type StartMessage } from "../../../src/actor/history/message.ts"
import type { Codec } from "../../../src/actor/values/codec.ts"
import { isReference, type Payload } from "../../../src/actor/values/payload.ts"
import { objectName } from "../../../src/store/deletion/payloadNames.ts"
import { adoptedOrder } from "../../../src/store/reading/wholeRun.ts"
import type { AskedCancels } from "../../acts/askedCancels.ts"
import type { SimulatedPayloads } from "../../services/simulatedPayloads.ts"
import type { SimulatedTable, TableObserver } from "../../services/simulatedTable.ts"
import { isOfSchedule } from "../../workload/timetables/scheduled.ts"
import { shortLengths } from "../../workload/timetables/shortGenerations.ts"
import { maxSkewMs } from "../../world/machine.ts"
import type { World } from "../../world/world.ts"
import { type Begun, ExpectedDesk } from "./expectedDesk.ts"
import { ExpectedSchedule, type Look } from "./expectedSchedule.ts"

interface Seen {
  readonly world: World
  readonly table: SimulatedTable
  readonly payloads: SimulatedPayloads
  /** The run that a command of a generation waits for. */
  readonly runOf: (address: string, key: string) => string | undefined
  /** As JSON: what hosts make for a run of that time. */
  readonly inputAt: (scheduledAt: number) => string
  readonly asked: AskedCancels
  /** By the replay of its last commit: that generation has asked for the end of a run that it has started. */
  readonly asksForEnd: (address: string, runId: string) => boolean
}

/** One generation of a schedule, and how much of its history was looked at. */
interface Followed {
  readonly expected: ExpectedSchedule
  read: number
  time: number
}

/**
 * S40: each time of a schedule is one run, or is told of, as the schedule's own history says: none before its time, none twice, none beside another but where that is
 * allowed, and nothing made up for but what is to be.
 */
export class TimetableInvariants implements TableObserver {
  private readonly on: Seen
  private readonly followed = new Map<string, Followed>()
  /** By schedule, what it knew from one beginning to its end: a schedule that begins anew begins with nothing. */
  private readonly desks = new Map<string, Array<ExpectedDesk>>()

  /** Runs that were cancelled before it was known why, with their schedules. */
  private readonly early = new Map<string, string>()
  /** By schedule's run: when each of those who have removed it did so. */
  private readonly removals = new Map<string, Set<number>>()
  /** Runs of schedules that somebody wants to let one run take another's place. */
  private readonly replacing = new Set<string>()

  constructor(on: Seen) {
    this.on = on
    on.table.observe(this)
  }

  segmentPut(): void {}

  forgotten(): void {}

  rowPut(address: string, row: Message): void {
    const runId = runIdOf(address)
    if (row.kind === "start" && row.parent !== undefined && isOfSchedule(row.parent.runId)) this.starts(runId, row)
    if (isOfSchedule(address) && this.replaces(row)) this.replacing.add(runId)
    if (row.kind === "cancel" && isOfSchedule(address)) this.checkRemoval(runId, row)
    else if (row.kind === "cancel") this.checkCancel(address)
  }

  headWritten(address: string, before: Head | undefined, head: Head): void {
    if (!isOfSchedule(address) || head.status === "parked" || (before !== undefined && isTerminal(before.status)))
      return
    const order = adoptedOrder(head, { segments: this.on.table.segments(address) })
    for (let index = this.followed.get(address)?.read ?? 0; index < order.length; index++)
      this.follow(address, order[index] as string, index, before)
    const known = this.followed.get(address)
    if (known !== undefined) this.check(address, known.expected, head)
  }

  /** Once all is still. */
  settled(): void {
    // A turn of the schedule that loses its race has done it as well.
    const isRaced = (schedule: string) => this.on.table.conflicts.some((address) => runIdOf(address) === schedule)
    const stray = [...this.early].find(([runId, schedule]) => !this.isToBeCancelled(runId) && !isRaced(schedule))
    if (stray !== undefined) throw this.violate(`${stray[0]} was cancelled, and no other has taken its place`)
    for (const [name, desks] of this.desks) {
      const last = this.followed.get(this.on.table.newest(scheduleRunId(name)))
      for (const desk of desks) {
        const ended = desk === last?.expected.desk && last.expected.end === "over" ? last.expected : undefined
        const until = ended?.isRemoved === false ? Number.POSITIVE_INFINITY : desk.state.after
        const removed = ended?.isRemoved === true ? ended.underWay : []
        const lost = desk.unaccounted(until ?? 0).find((time) => !removed.includes(time))
        if (lost !== undefined) throw this.violate(`nobody knows what became of ${name} at ${iso(lost)}`)
      }
    }
    if (this.missing !== undefined) throw this.violate(`${this.missing} was to start, and is not there`)
  }

  /** A run that is to start, and is not there yet: what a schedule's last commit starts may be put by a wake-up that comes later. */
  get missing(): string | undefined {
    for (const desk of [...this.desks.values()].flat()) {
      const isMissing = ({ runId, scheduledAt }: (typeof desk.begun)[number]) =>
        !this.isThere(runId) && desk.fates.get(scheduledAt) !== "refused"
      const missing = desk.begun.find(isMissing)
      if (missing !== undefined) return missing.runId
    }
    return undefined
  }

  private isThere(runId: string): boolean {
    return this.on.table.row(runId, "start") !== undefined
  }

  private follow(address: string, entry: string, index: number, before: Head | undefined): void {
    const { isSetAside, key } = readEntry(entry)
    const row = this.on.table.row(address, key)
    if (row === undefined || isDecision(row)) return
    if (row.kind === "start") return this.begin(address, row, adoptedTime(entry, row))
    const known = this.followed.get(address)
    if (known === undefined) throw this.violate(`${address} has adopted ${entry} before it began`)
    const { expected } = known
    known.read = index + 1
    known.time = Math.max(known.time, adoptedTime(entry, row))
    expected.passTime(known.time, index + 1)
    if (!isSetAside) this.hear(address, expected, row, before)
  }

  private hear(address: string, expected: ExpectedSchedule, row: Message, before: Head | undefined): void {
    if (row.kind === "cancel") return expected.remove()
    if (row.kind === "signal" && row.name === scheduleControl.name)
      return expected.hear(Result.getOrThrow(scheduleControl.codec().decode(this.inline(row.payload))))
    if (row.kind === "child") return this.hearEnd(address, expected, row, before)
    if (row.kind !== "step") return
    const cancelled = row.key.startsWith(`${scheduleCancel.stepName}#`) ? expected.hasCancelled() : undefined
    if (cancelled !== undefined) return this.checkCancelled(address, cancelled)
    if (row.key.startsWith(`${scheduleLook.stepName}#`) && expected.looked(this.lookIn(row.outcome.payload))) return
    throw this.violate(`${address} is answered ${row.key}, for which it had no reason to ask`)
  }

  private lookIn(payload: Payload): Look {
    const { input, now, why } = JSON.parse(this.textOf(payload)) as typeof LookOutput.Encoded
    return { now, hasInput: input !== null, why }
  }

  private hearEnd(address: string, expected: ExpectedSchedule, row: ChildMessage, before: Head | undefined): void {
    const { key, outcome } = row
    const open = before?.open.find((one) => one.kind === "child" && one.key === key)
    const runId = open?.childRunId ?? this.on.runOf(address, key)
    if (runId === undefined) throw this.violate(`${address} hears of ${key}, which it has not started`)
    const { tag } = outcome
    const end = tag === "succeeded" || tag === "cancelled" ? tag : "failed"
    if (key.startsWith(awaitMark)) return expected.endedOfEarlier(runId, end)
    const isTaken = tag === "died" && JSON.parse(this.textOf(outcome.payload))?._tag === "RunConflict"
    expected.ended(runId, isTaken ? "refused" : end, isTaken ? "" : undefined)
  }

  private begin(address: string, row: StartMessage, time: number): void {
    const { generation, runId } = parseAddress(address)
    const name = nameOfSchedule(runId)
    const state = Result.getOrThrow(scheduleWorkflow.input().decode(this.inline(row.input))) as ScheduleState
    const desks = this.desks.get(name) ?? []
    this.desks.set(name, desks)
    const last = desks.at(-1)
    const goesOn = generation > 0 && row.continues?.since !== generation
    if (goesOn && last !== undefined) {
      const [is, was] = [shownState(state), shownState(last.state)]
      if (is !== was) throw this.violate(`${address} begins with ${is}, and the one before had ${was}`)
    } else desks.push(new ExpectedDesk(state, (spec) => this.checkedShift(name, spec)))
    const expected = new ExpectedSchedule(desks.at(-1) as ExpectedDesk, time, shortLengths)
    this.followed.set(address, { expected, read: 1, time })
  }

  /** What of the jitter is this schedule's. */
  private checkedShift(name: string, spec: ScheduleSpec): number {
    const shift = shiftOf(name, spec)
    if (shift >= 0 && shift <= spec.jitterMs) return shift
    throw this.violate(`the runs of ${name} are ${shift} ms later than their times, and may be up to ${spec.jitterMs}`)
  }

  private check(address: string, expected: ExpectedSchedule, head: Head): void {
    const end = expected.isRemoved ? "cancelled" : tagOf(expected.end)
    if (head.outcome?.tag !== end)
      throw this.violate(`${address} ${head.outcome?.tag ?? "goes on"}, and should ${end ?? "go on"}`)
    const { shown } = expected
    const [status, spec] = [this.stateIn(head, shownStatus.stateName), this.stateIn(head, shownSpec.stateName)]
    const [ownStatus, ownSpec] = [shown && textOf(shownStatus, shown.status), shown && textOf(shownSpec, shown.spec)]
    if (status !== ownStatus) throw this.violate(`${address} shows ${status}, and should ${ownStatus}`)
    if (spec !== ownSpec) throw this.violate(`${address} is ${spec}, and should be ${ownSpec}`)
    if (head.outcome !== undefined) return
    const open = head.open.flatMap(({ childRunId, key, kind }) =>
      kind === "child" ? [childRunId ?? this.on.runOf(address, key) ?? key] : []
    )
    if (open.sort().join() !== expected.awaited.toSorted().join())
      throw this.violate(`${address} waits for [${open}], and should for [${expected.awaited}]`)
    for (const { childRunId, key, kind } of head.open) {
      const runId =
        kind !== "child" || key.startsWith(awaitMark) ? "" : (childRunId ?? this.on.runOf(address, key) ?? "")
      if (expected.cancelled.has(runId) && !this.on.asksForEnd(address, runId))
        throw this.violate(`another is to take the place of ${runId}, and ${address} has not cancelled it`)
    }
  }

  private starts(runId: string, row: StartMessage): void {
    const { world } = this.on
    const name = nameOfSchedule(runIdOf(row.parent?.runId ?? ""))
    const desk = (this.desks.get(name) ?? []).find(({ begun }) => begun.some((one) => one.runId === runId))
    const begun = desk?.begun.find((one) => one.runId === runId)
    if (desk === undefined || begun === undefined) throw this.violate(`${runId} starts, and is none of ${name}'s`)
    if (world.now + maxSkewMs < begun.scheduledAt && !runId.startsWith(`${name}/now-`))
      throw this.violate(`${runId} starts ${begun.scheduledAt - world.now} ms before its time`)
    const earlier = desk.begun.slice(0, desk.begun.indexOf(begun))
    const goesOn = ({ runId: other }: Begun) =>
      !desk.turnedAway.has(other) && this.isThere(other) && !this.hasEnded(other)
    const beside = begun.isAlone ? earlier.find(goesOn) : undefined
    if (beside !== undefined) throw this.violate(`${runId} starts, and ${beside.runId} goes on`)
    const { input, workflow } = begun.spec
    const due = input === null ? this.on.inputAt(begun.scheduledAt) : JSON.stringify(Redacted.value(input.json))
    if (row.workflow !== workflow) throw this.violate(`${runId} is a run of ${row.workflow}, and not of ${workflow}`)
    if (this.textOf(row.input) !== due)
      throw this.violate(`${runId} is given ${this.textOf(row.input)}, and should be ${due}`)
  }

  private hasEnded(runId: string): boolean {
    const head = this.on.table.head(this.on.table.newest(runId))
    return head !== undefined && isTerminal(head.status)
  }

  /** Of the runs of a schedule only those are cancelled whose place another is to take. */
  private checkCancel(runId: string): void {
    const start = this.on.table.row(runId, "start")
    const parent = start?.kind === "start" ? start.parent?.runId : undefined
    if (parent === undefined || !isOfSchedule(parent)) return
    if (this.isToBeCancelled(runIdOf(runId))) return
    // A step in the middle of a turn does it, ahead of the commit.
    const isInherited = [...this.followed.values()].some(({ expected }) => expected.hasInherited(runIdOf(runId)))
    const schedule = runIdOf(parent)
    if (!isInherited || !this.replacing.has(schedule))
      throw this.violate(`${runId} is cancelled, and no other is to take its place`)
    this.early.set(runIdOf(runId), schedule)
  }

  /** A host has said that it has cancelled a run of an earlier generation. One that has the id of such a run, and is none, is left alone. */
  private checkCancelled(address: string, runId: string): void {
    const { table } = this.on
    const start = table.row(runId, "start")
    const parent = start?.kind === "start" ? start.parent?.runId : undefined
    if (parent === undefined || runIdOf(parent) !== runIdOf(address)) return
    if (table.rowOfRun(runId, "cancel") !== undefined || this.hasEnded(runId)) return
    throw this.violate(`another is to take the place of ${runId}, and it was not cancelled`)
  }

  /** Clients remove a schedule, as often as they were asked to. What one generation has not come to, the next is handed. */
  private checkRemoval(schedule: string, { at, reason }: Extract<Message, { readonly kind: "cancel" }>): void {
    const removals = this.removals.get(schedule) ?? new Set<number>()
    this.removals.set(schedule, removals.add(at))
    if (reason === removedBecause && removals.size <= this.on.asked.countOf(schedule)) return
    throw this.on.world.violate("S9", `${schedule} is cancelled (${reason}), and nobody was asked to remove it`)
  }

  /** By what it begins with, or what people ask of it. */
  private replaces(row: Message): boolean {
    if (row.kind === "start" || row.kind === "restart")
      return Result.getOrThrow(scheduleWorkflow.input().decode(this.inline(row.input))).spec.overlap === "replace"
    if (row.kind !== "signal" || row.name !== scheduleControl.name) return false
    const control = Result.getOrThrow(scheduleControl.codec().decode(this.inline(row.payload)))
    if (control._tag === "change") return control.spec.overlap === "replace"
    return control._tag === "trigger" && control.overlap === "replace"
  }

  private isToBeCancelled(runId: string): boolean {
    return [...this.followed.values()].some(({ expected }) => expected.cancelled.has(runId))
  }

  private stateIn(head: Head, name: string): string | undefined {
    const state = head.states?.find((one) => one.name === name)?.payload
    return state === undefined ? undefined : withoutReasons(this.textOf(state))
  }

  private inline(payload: Payload) {
    return { json: this.textOf(payload) }
  }

  private textOf(payload: Payload): string {
    return isReference(payload) ? (this.on.payloads.get(objectName(payload)) ?? "null") : payload.json
  }

  private violate(what: string) {
    return this.on.world.violate("S40", what)
  }
}

/** What `client.schedules.remove` says. */
const removedBecause = "the schedule is removed"

const iso = (at: number): string => new Date(at).toISOString()

/** Why a run was refused is said by whoever refuses it. */
const withoutReasons = (text: string): string =>
  JSON.stringify(JSON.parse(text, (_, value) => (value?.state === "refused" ? { ...value, why: "" } : value)))

const textOf = <A>(state: { readonly codec: () => Codec<A> }, value: A): string =>
  withoutReasons(fromPayloadText(Result.getOrThrow(state.codec().encode(value)).payload))

const shownState = (state: ScheduleState): string =>
  withoutReasons(fromPayloadText(Result.getOrThrow(scheduleWorkflow.input().encode(state)).payload))

const fromPayloadText = (payload: Payload): string => (isReference(payload) ? "" : payload.json)

const tagOf = (end: ExpectedSchedule["end"]) => (end === "over" ? "succeeded" : end)
