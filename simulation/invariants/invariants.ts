import { awaitMark, type CommandRecord } from "../../src/actor/history/command.ts"
import { adoptedKey, readEntry } from "../../src/actor/history/entry.ts"
import { runIdOf } from "../../src/actor/history/generation.ts"
import { endOf, type Head, isTerminal } from "../../src/actor/history/head.ts"
import {
  isDecision,
  isDecisionKey,
  type Message,
  messageKey,
  messageTime,
  payloadOf,
  previousOf
} from "../../src/actor/history/message.ts"
import { adoptedOrder } from "../../src/store/reading/wholeRun.ts"
import { forgetRun } from "../services/deletion/forgetRun.ts"
import type { SimulatedPayloads } from "../services/simulatedPayloads.ts"
import type { SimulatedReplies } from "../services/simulatedReplies.ts"
import type { SimulatedTable, TableObserver } from "../services/simulatedTable.ts"
import { attempts } from "../workload/feature.ts"
import { secret } from "../workload/model.ts"
import { inlineSteps } from "../workload/programs.ts"
import { maxSkewMs } from "../world/machine.ts"
import type { World } from "../world/world.ts"
import type { CallbackInvariants } from "./callbackInvariants.ts"
import type { CopyInvariants } from "./copies/copyInvariants.ts"
import { checkLeft, isLeftForEarlier } from "./copies/leftFor.ts"
import { checkDecided, isDecided } from "./decisions/decidedInvariants.ts"
import { checkFold } from "./heads/foldInvariants.ts"
import { OtherRunsInvariants } from "./otherRunsInvariants.ts"
import { PublishedInvariants } from "./publishedInvariants.ts"
import { ReplayInvariants } from "./replayInvariants.ts"
import { copyOf, newlyWatched, replaceBy, replaceSet, type Watched } from "./watched.ts"
import { checkPayload, checkSameText } from "./written/checkPayload.ts"

export interface SavedInvariants {
  readonly runs: ReadonlyMap<string, Readonly<Watched>>
  readonly executions: ReadonlyMap<string, number>
  readonly changed: ReadonlySet<string>
  readonly cancelled: ReadonlySet<string>
}

export interface InvariantsOptions {
  readonly world: World
  readonly table: SimulatedTable
  readonly payloads: SimulatedPayloads
  /** Absent: no run is sent updates. */
  readonly replies?: SimulatedReplies
  /** A head that changed code has written is not the right code's to replay. */
  readonly isChangedCode: (machine: string) => boolean
  readonly isKnownRun: (runId: string) => boolean
  /** Absent: no run begins with the messages of another. */
  readonly copies?: CopyInvariants
  /** Where programs may ask the outside. */
  readonly callbacks?: CallbackInvariants
}

/**
 * Looks at every write in the moment in which it takes effect, and at every execution of a step. Each check names its
 * invariant as the design does (`docs/architecture.md`).
 */
export class Invariants implements TableObserver {
  private readonly options: InvariantsOptions
  private readonly runs = new Map<string, Watched>()
  private readonly changed = new Set<string>()
  readonly replays: ReplayInvariants
  readonly others: OtherRunsInvariants
  private readonly published: PublishedInvariants | undefined
  readonly executions = new Map<string, number>()
  checks = 0

  constructor(options: InvariantsOptions) {
    this.options = options
    const { payloads, replies, table, world } = options
    this.others = new OtherRunsInvariants(world, table)
    this.replays = new ReplayInvariants(world, table, payloads, this.others, options)
    if (replies === undefined) return
    const isOfChangedCode = (runId: string) => this.changed.has(runId)
    this.published = new PublishedInvariants({ world, payloads, replies, isOfChangedCode })
    this.replays.published = this.published
  }

  /** Runs that changed code has turned: the right code may have reason to park them. */
  get runsOfChangedCode(): ReadonlySet<string> {
    return this.changed
  }

  /** The run id of a child that was started. */
  childOf(runId: string, key: string): string | undefined {
    return this.runs.get(runId)?.children.get(key) ?? this.others.awaitedRun(runId, key)
  }

  /** What this has learned so far, so that another course of events can be followed from here. */
  save(): SavedInvariants {
    const { executions, changed, replays } = this
    return {
      runs: copyOf(this.runs),
      executions: new Map(executions),
      changed: new Set(changed),
      cancelled: new Set(replays.cancelled)
    }
  }

  restore({ runs, executions, changed, cancelled }: SavedInvariants): void {
    replaceBy(this.runs, copyOf(runs))
    replaceBy(this.executions, executions)
    replaceSet(this.changed, changed)
    replaceSet(this.replays.cancelled, cancelled)
  }

  rowPut(runId: string, row: Message): void {
    this.checks++
    checkPayload(this.options, payloadOf(row), `${runId} ${messageKey(row)}`)
    this.checkKnown(runId, row)
    this.checkFirst(runId, row)
    // What its source has been through, and was checked there: S37.
    if (this.options.copies?.isCopied(runId, row) === true) return
    this.others.rowPut(runId, row)
    if (row.kind === "child") this.checkChildOutcome(runId, row)
    if (row.kind === "cancel") this.replays.checkCancel(runId, row.reason)
    if (row.kind === "step" && row.inline !== true) this.checkIssued(runId, "step", row.key, row.fingerprint)
    if (row.kind === "step" && row.attempts > attempts) {
      throw this.options.world.violate(
        "S8",
        `${row.key} of ${runId} took ${row.attempts} attempts, and has ${attempts}`
      )
    }
    if (row.kind === "start" && row.parent !== undefined) {
      this.checkIssued(row.parent.runId, "child", row.parent.key, row.parent.fingerprint)
      this.watched(row.parent.runId).children.set(row.parent.key, runId)
    }
  }

  headWritten(runId: string, before: Head | undefined, head: Head, by: string): void {
    this.checks++
    const run = this.watched(runId)
    const isChanged = this.options.isChangedCode(by)
    if (isChanged && head.status !== "parked") this.changed.add(runId)
    if (head.version !== (before?.version ?? 0) + 1) {
      throw this.options.world.violate("S2", `v${head.version} of ${runId} was written over v${before?.version ?? 0}`)
    }
    // Another start was asked for: S33.
    const isConclusion =
      head.concluded !== undefined && before?.outcome !== undefined && before.outcome.tag !== "continued"
    if (before !== undefined && isTerminal(before.status) && !isConclusion) {
      throw this.options.world.violate(
        "S6",
        `${runId} had ${before.status} at v${before.version}, and v${head.version} was written`
      )
    }
    if (before?.outcome !== undefined && !isConclusion)
      throw this.options.world.violate("S6", `a second outcome of ${runId}`)
    if ((head.outcome !== undefined) !== isTerminal(head.status)) {
      throw this.options.world.violate(
        "S13",
        `${runId} is ${head.status} with ${head.outcome === undefined ? "no" : "an"} outcome`
      )
    }
    const order = adoptedOrder(head, { segments: this.options.table.segments(runId) })
    this.checkOrder(runId, run, order, head)
    this.checkSize(runId, head)
    checkPayload(this.options, head.outcome?.payload, `${runId} outcome`)
    if (isConclusion) {
      run.order = order
      return
    }
    for (const { kind, key, fingerprint } of head.open) {
      const id = `${kind} ${key}`
      const known = run.everOpen.get(id)
      if (known === undefined) run.everOpen.set(id, new Set([fingerprint]))
      else known.add(fingerprint)
    }
    const isLeft = isLeftForEarlier(head, this.options.payloads)
    if (isLeft || isDecided(before, head, order)) {
      const check = isLeft ? checkLeft : checkDecided
      check(this.options, runId, before, head, order)
      if (isLeft || head.status === "terminated") this.replays.noteLeft(runId, head)
      this.others.noteEnd(runId, head)
      run.order = order
      if (head.outcome !== undefined) run.endedAt = this.options.world.now
      return
    }
    checkFold(this.options, runId, { before, head, order, parked: run.parked })
    this.checkKept(runId, before, head, order)
    this.others.headWritten(runId, before, head, order, this.changed.has(runId))
    this.published?.headWritten(runId, before, head)
    this.replays.check(runId, head, order, before?.adopted ?? 0, isChanged)
    if (before !== undefined && head.status !== "parked" && this.changed.has(runId))
      this.replays.checkBasis(runId, before, isChanged)
    if (head.outcome !== undefined) this.checkChildrenEnded(runId, run)
    run.order = order
    if (head.outcome !== undefined) run.endedAt = this.options.world.now
  }

  segmentPut(
    runId: string,
    index: number,
    keys: ReadonlyArray<string>,
    before: ReadonlyArray<string> | undefined
  ): void {
    this.checks++
    if (before !== undefined && before.join() !== keys.join()) {
      throw this.options.world.violate("S4", `segment ${index} of ${runId} was to be written with another content`)
    }
  }

  forgotten(runId: string): void {
    for (const known of [this.runs, this.changed, this.executions, this.replays.cancelled]) forgetRun(known, runId)
    this.others.forgotten(runId)
    this.published?.forgotten(runId)
  }

  /** A step's code begins. */
  stepBegins(name: string, runId: string, key: string): void {
    this.checks++
    const id = `${runId} ${key}`
    this.executions.set(id, (this.executions.get(id) ?? 0) + 1)
    if (inlineSteps.has(name)) return
    if (!this.watched(runId).everOpen.has(`step ${key}`)) {
      throw this.options.world.violate("S3", `${key} of ${runId} runs, and no commit that asked for it stands`)
    }
    const { endedAt } = this.watched(runId)
    if (endedAt !== undefined && endedAt + 120_000 < this.options.world.now) {
      throw this.options.world.violate("S6", `${key} of ${runId} runs two minutes after the run has ended`)
    }
  }

  logged(line: string): void {
    if (line.includes(secret))
      throw this.options.world.violate("S16", `a log line holds a secret: ${line.slice(0, 200)}`)
    const [, runId, reason] = /run (\S+) is parked: (.*)/s.exec(line) ?? []
    if (runId === undefined || reason === undefined) return
    for (const known of this.watched(runId).parked) if (reason.startsWith(known)) return
    throw this.options.world.violate("S13", `${runId} is said to be parked for what no head says: ${reason}`)
  }

  private checkOrder(runId: string, run: Watched, order: ReadonlyArray<string>, head: Head): void {
    if (order.length !== head.adopted) {
      throw this.options.world.violate(
        "S4",
        `${runId} v${head.version} counts ${head.adopted} adopted, and its order has ${order.length}`
      )
    }
    for (let i = 0; i < run.order.length; i++) {
      if (run.order[i] !== order[i]) {
        throw this.options.world.violate(
          "S4",
          `the order of ${runId} was [${run.order.join(", ")}] and is [${order.join(", ")}]`
        )
      }
    }
    const seen = new Set<string>()
    for (const entry of order) {
      const key = adoptedKey(entry)
      if (seen.has(key)) throw this.options.world.violate("S1", `${runId} has adopted ${key} twice`)
      seen.add(key)
      if (this.options.table.row(runId, key) === undefined) {
        throw this.options.world.violate("S1", `${runId} has adopted ${key}, which is not in its inbox`)
      }
    }
    for (let i = run.order.length; i < order.length; i++) this.checkAdopted(runId, order[i] as string)
    // What a later generation is handed comes in the order that it had before (S27), what a copy is handed in that of its source (S37).
    const isCopy = this.options.copies?.hasCopied(runId) === true
    if (run.order.length === 0 && runIdOf(runId) === runId && !isCopy) this.checkArrival(runId, order)
  }

  /** What was there before the first turn is adopted in the order of its arrival, the start first. */
  private checkArrival(runId: string, order: ReadonlyArray<string>): void {
    const { world, table } = this.options
    const [first] = order.filter((entry) => !isDecisionKey(adoptedKey(entry)))
    if (first !== undefined && readEntry(first).key !== "start")
      throw world.violate("S4", `${runId} begins with ${first}`)
    const rows = order.slice(1).map((entry) => table.row(runId, adoptedKey(entry)) as Message)
    const times = timesOfArrival(rows)
    const seen = new Set<string>()
    let last = Number.NEGATIVE_INFINITY
    for (const [index, row] of rows.entries()) {
      const entry = order[index + 1]
      const time = times[index] as number
      // Outcomes of inline steps come of the turn itself, and an answer may be there before its callback.
      if (row.kind === "step" || row.kind === "callback" || isDecision(row)) continue
      // What a body sends has the time of whichever host commits it: of those, each names the one before.
      const isNamed = previousOf(row).some((key) => seen.has(key))
      seen.add(messageKey(row))
      if (time < last && !isNamed)
        throw world.violate("S4", `${runId} adopts [${order.join(", ")}], and ${entry} was there earlier`)
      last = Math.max(last, time)
    }
  }

  private checkAdopted(runId: string, entry: string): void {
    const { world, table } = this.options
    const row = table.row(runId, adoptedKey(entry)) as Message
    if (row.kind !== "timer" || readEntry(entry).isSetAside) return
    if (world.now + maxSkewMs < row.due)
      throw world.violate("S9", `${entry} of ${runId} acts ${row.due - world.now} ms before its time`)
    // Of a turn that lost its race: its command may have come to be due at another time.
    const known = this.watched(runId).everOpen.get(`timer ${row.key}`)
    if (known !== undefined && !known.has(String(row.due)))
      throw world.violate("S9", `${entry} of ${runId} acts, and no commit has asked for it`)
  }

  /** S7: a row is put once, and stays as it is. */
  private checkFirst(runId: string, row: Message): void {
    const { rows } = this.watched(runId)
    const key = messageKey(row)
    if (rows.has(key)) throw this.options.world.violate("S7", `${key} of ${runId} was put a second time`)
    rows.set(key, row)
  }

  /** S5: a command stays on record until it is answered. Timers and callbacks that nobody waits for any more go. */
  private checkKept(runId: string, before: Head | undefined, head: Head, order: ReadonlyArray<string>): void {
    if (before === undefined || head.outcome !== undefined) return
    const adopted = new Set(order.map(adoptedKey))
    for (const { kind, key, fingerprint } of [...before.open, ...before.abandoned]) {
      if (
        kind === "timer" ||
        kind === "callback" ||
        adopted.has(`${kind}/${key}`) ||
        adopted.has(`${kind}/${key}@${fingerprint}`)
      )
        continue
      const isThere = (record: CommandRecord) =>
        record.kind === kind && record.key === key && record.fingerprint === fingerprint
      if (head.open.some(isThere) || head.abandoned.some(isThere)) continue
      throw this.options.world.violate(
        "S5",
        `v${head.version} of ${runId} has lost ${kind} ${key}, which nothing has answered`
      )
    }
  }

  /** S10: structured: a run is through only when its children are. */
  private checkChildrenEnded(runId: string, run: Watched): void {
    for (const childId of run.children.values()) {
      const child = this.options.table.head(childId)
      if (child !== undefined && !isTerminal(child.status) && !this.others.mayOutlive(childId))
        throw this.options.world.violate("S10", `${runId} has ended, and its child ${childId} is ${child.status}`)
    }
  }

  private checkIssued(runId: string, kind: "step" | "child", key: string, fingerprint: string): void {
    if (this.watched(runId).everOpen.get(`${kind} ${key}`)?.has(fingerprint) === true) return
    if (kind === "child" && this.others.isStartedLast(runId, key, fingerprint)) return
    throw this.options.world.violate(
      "S3",
      `there is an answer or a start for ${kind} ${key} of ${runId}, which no commit has asked for`
    )
  }

  private checkChildOutcome(runId: string, row: Message & { readonly kind: "child" }): void {
    this.checkIssued(runId, "child", row.key, row.fingerprint)
    // Of a run that is no child: S25.
    if (row.key.startsWith(awaitMark)) return
    const childId = this.watched(runId).children.get(row.key)
    const child = childId === undefined ? undefined : this.options.table.head(childId)
    // Its id belongs to another run.
    const isConflict = row.outcome.tag === "died" && childId === undefined
    if (!isConflict && (child === undefined ? undefined : endOf(child)?.tag) !== row.outcome.tag) {
      throw this.options.world.violate(
        "S10",
        `${runId} is told that ${row.key} has ${row.outcome.tag}, which has ${child?.status}`
      )
    }
    const ended = isConflict || child === undefined ? undefined : endOf(child)
    if (ended !== undefined) checkSameText(this.options, row.outcome.payload, ended.payload, `${runId} ${row.key}`)
  }

  private checkSize(runId: string, head: Head): void {
    // Names have 512 characters at most: few of them need no counting.
    if (head.open.length + head.abandoned.length + head.tail.length + head.fences.length < 100) return
    const bytes = JSON.stringify(head).length
    if (bytes > 400_000) throw this.options.world.violate("S12", `the head of ${runId} takes ${bytes} bytes`)
  }

  private checkKnown(runId: string, row: Message): void {
    if (!this.options.isKnownRun(runId))
      throw this.options.world.violate("S15", `${messageKey(row)} was put into ${runId}, nobody's run`)
  }

  private watched(runId: string): Watched {
    const known = this.runs.get(runId)
    if (known !== undefined) return known
    const fresh = newlyWatched()
    this.runs.set(runId, fresh)
    return fresh
  }
}

/** Whatever its writer's clock has said: a row comes before those that name it. */
const timesOfArrival = (rows: ReadonlyArray<Message>): ReadonlyArray<number> => {
  const times = new Map(rows.map((row) => [messageKey(row), messageTime(row)]))
  for (const row of rows.toReversed()) {
    const time = times.get(messageKey(row)) as number
    for (const key of previousOf(row)) times.set(key, Math.min(times.get(key) ?? time, time))
  }
  return rows.map((row) => times.get(messageKey(row)) as number)
}
