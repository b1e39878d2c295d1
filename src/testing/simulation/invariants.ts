import { createHash } from "node:crypto"
import { adoptedKey, setAsideMark } from "../../actor/actor.ts"
import type { CommandRecord } from "../../actor/command.ts"
import { type Head, isTerminal } from "../../actor/head.ts"
import { type Message, messageKey } from "../../actor/message.ts"
import { isReference, type Payload } from "../../actor/payload.ts"
import { replay } from "../../actor/turn.ts"
import { adoptedOrder, payloadOf } from "../../streams/loadRun.ts"
import { rightModel, secret } from "./model.ts"
import { inlineSteps } from "./programs.ts"
import type { SimulatedPayloads } from "./simulatedPayloads.ts"
import type { SimulatedTable, TableObserver } from "./simulatedTable.ts"
import type { World } from "./world.ts"

/** What the invariants know of one run beside what is in the table. */
interface Watched {
  /** Every command that a committed head had open: `kind key` to its fingerprints. */
  readonly everOpen: Map<string, Set<string>>
  order: ReadonlyArray<string>
  cancelledAt: number | undefined
}

export interface SavedInvariants {
  readonly runs: ReadonlyMap<string, Readonly<Watched>>
  readonly executions: ReadonlyMap<string, number>
  readonly changed: ReadonlySet<string>
}

export interface InvariantsOptions {
  readonly world: World
  readonly table: SimulatedTable
  readonly payloads: SimulatedPayloads
  /** A head that changed code has written is not the right code's to replay. */
  readonly isChangedCode: (machine: string) => boolean
  readonly isKnownRun: (runId: string) => boolean
}

/**
 * Looks at every write in the moment in which it takes effect, and at every execution of a step. Each check names its
 * invariant as the design does (`docs/architecture.md`).
 */
export class Invariants implements TableObserver {
  private readonly options: InvariantsOptions
  private readonly runs = new Map<string, Watched>()
  private readonly changed = new Set<string>()
  readonly executions = new Map<string, number>()
  readonly logLines: Array<string> = []
  checks = 0

  constructor(options: InvariantsOptions) {
    this.options = options
  }

  /** Runs that changed code has had its hands on: the right code may rightly refuse them. */
  get runsOfChangedCode(): ReadonlySet<string> {
    return this.changed
  }

  /** What this has learned so far, so that another course of events can be followed from here. */
  save(): SavedInvariants {
    const { executions, changed } = this
    return { runs: copyOf(this.runs), executions: new Map(executions), changed: new Set(changed) }
  }

  restore({ runs, executions, changed }: SavedInvariants): void {
    replaceBy(this.runs, copyOf(runs))
    replaceBy(this.executions, executions)
    this.changed.clear()
    for (const runId of changed) this.changed.add(runId)
  }

  rowPut(runId: string, row: Message): void {
    this.checks++
    this.checkPayload(payloadOf(row), `${runId} ${messageKey(row)}`)
    this.checkKnown(runId, row)
    if (row.kind === "child") this.checkChildOutcome(runId, row)
    if (row.kind === "step" && row.inline !== true) this.checkIssued(runId, "step", row.key, row.fingerprint)
    if (row.kind === "start" && row.parent !== undefined) {
      this.checkIssued(row.parent.runId, "child", row.parent.key, row.parent.fingerprint)
    }
  }

  headWritten(runId: string, before: Head | undefined, head: Head, by: string): void {
    this.checks++
    const run = this.watched(runId)
    if (this.options.isChangedCode(by)) this.changed.add(runId)
    if (before !== undefined && isTerminal(before.status)) {
      throw this.options.world.violate(
        "S6",
        `${runId} had ${before.status} at v${before.version}, and v${head.version} was written`
      )
    }
    if (before?.outcome !== undefined) throw this.options.world.violate("S6", `a second outcome of ${runId}`)
    if ((head.outcome !== undefined) !== isTerminal(head.status)) {
      throw this.options.world.violate(
        "S13",
        `${runId} is ${head.status} with ${head.outcome === undefined ? "no" : "an"} outcome`
      )
    }
    const order = adoptedOrder(head, this.options.table.read(runId))
    this.checkOrder(runId, run, order, head)
    this.checkSize(runId, head)
    this.checkPayload(head.outcome?.payload, `${runId} outcome`)
    for (const { kind, key, fingerprint } of head.open) {
      const id = `${kind} ${key}`
      const known = run.everOpen.get(id)
      if (known === undefined) run.everOpen.set(id, new Set([fingerprint]))
      else known.add(fingerprint)
    }
    this.checkReplay(runId, head, order)
    run.order = order
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

  /** A step's code begins. */
  stepBegins(name: string, runId: string, key: string): void {
    this.checks++
    const id = `${runId} ${key}`
    this.executions.set(id, (this.executions.get(id) ?? 0) + 1)
    if (inlineSteps.has(name)) return
    if (!this.watched(runId).everOpen.has(`step ${key}`)) {
      throw this.options.world.violate("S3", `${key} of ${runId} runs, and no commit that asked for it stands`)
    }
    const head = this.options.table.head(runId)
    if (head !== undefined && isTerminal(head.status) && head.updatedAt + 120_000 < this.options.world.now) {
      throw this.options.world.violate("S6", `${key} of ${runId} runs two minutes after the run has ${head.status}`)
    }
  }

  logged(line: string): void {
    if (line.includes(secret))
      throw this.options.world.violate("S16", `a log line holds a secret: ${line.slice(0, 200)}`)
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
    for (let i = run.order.length; i < order.length; i++) this.checkAdopted(runId, run, order[i] as string)
  }

  private checkAdopted(runId: string, run: Watched, entry: string): void {
    const { world, table } = this.options
    const row = table.row(runId, adoptedKey(entry)) as Message
    if (row.kind === "cancel") run.cancelledAt ??= world.now
    if (row.kind === "timer" && !entry.startsWith(setAsideMark) && world.now < row.due) {
      throw this.options.world.violate("S9", `${entry} of ${runId} acts ${row.due - world.now} ms before its time`)
    }
  }

  private checkReplay(runId: string, head: Head, order: ReadonlyArray<string>): void {
    const workflow = replayed.get(head.workflow)
    if (workflow === undefined || head.status === "parked" || this.changed.has(runId)) return
    const stored = this.options.table.read(runId)
    const rows = new Map(stored.messages.map((row) => [messageKey(row), this.resolved(row)]))
    const actor = replay({ workflow, runId }, { order, open: [], abandoned: [] }, rows)
    // Only what is on record matters; that it was compared with nothing above is set right here.
    const differs = (a: ReadonlyArray<CommandRecord>, b: ReadonlyArray<CommandRecord>) => show(a) !== show(b)
    if (head.outcome !== undefined) {
      if (actor.outcome === undefined)
        throw this.options.world.violate("S5", `${runId} has ended, and its replay does not`)
      if (actor.outcome.tag !== head.outcome.tag) {
        throw this.options.world.violate("S5", `${runId} has ${head.outcome.tag}, and its replay ${actor.outcome.tag}`)
      }
      if (head.workflow === "program") this.checkUndone(runId, head.outcome.tag)
      return
    }
    const { ledger } = actor
    if (differs(head.open, ledger.openRecords()) || differs(head.abandoned, ledger.abandonedRecords())) {
      throw this.options.world.violate(
        "S5",
        `v${head.version} of ${runId} has open [${show(head.open)}], its replay [${show(ledger.openRecords())}]; abandoned ` +
          `[${show(head.abandoned)}], its replay [${show(ledger.abandonedRecords())}]`
      )
    }
  }

  /** S14, as the replay that has just been made saw it: all that was registered is undone, in reverse, once. */
  private checkUndone(runId: string, outcome: string): void {
    const { registered, begun } = rightModel.trace()
    const due = registered.filter(({ always }) => always || outcome !== "succeeded").map(({ id }) => id)
    if (due.reverse().join() === begun.join()) return
    throw this.options.world.violate(
      "S14",
      `${runId} ${outcome}: to be undone [${due.join(", ")}], undone [${begun.join(", ")}]`
    )
  }

  private resolved(row: Message): Message {
    const payload = payloadOf(row)
    if (payload === undefined || !isReference(payload)) return row
    const json = this.options.payloads.get(payload.sha256) ?? "null"
    switch (row.kind) {
      case "start":
        return { ...row, input: { json } }
      case "signal":
        return { ...row, payload: { json } }
      case "step":
      case "child":
        return { ...row, outcome: { ...row.outcome, payload: { json } } }
      default:
        return row
    }
  }

  private checkIssued(runId: string, kind: "step" | "child", key: string, fingerprint: string): void {
    if (this.watched(runId).everOpen.get(`${kind} ${key}`)?.has(fingerprint) === true) return
    throw this.options.world.violate(
      "S3",
      `there is an answer or a start for ${kind} ${key} of ${runId}, which no commit has asked for`
    )
  }

  private checkChildOutcome(runId: string, row: Message & { readonly kind: "child" }): void {
    this.checkIssued(runId, "child", row.key, row.fingerprint)
    const child = this.options.table.head(`${runId}:${row.key}`)
    const isConflict = row.outcome.tag === "died" && child === undefined
    if (!isConflict && child?.outcome?.tag !== row.outcome.tag) {
      throw this.options.world.violate(
        "S10",
        `${runId} is told that ${row.key} has ${row.outcome.tag}, which has ${child?.status}`
      )
    }
  }

  private checkPayload(payload: Payload | undefined, what: string): void {
    if (payload === undefined || !isReference(payload)) return
    const text = this.options.payloads.get(payload.sha256)
    if (text === undefined) throw this.options.world.violate("S11", `${what} refers to an object that is not there`)
    if (createHash("sha256").update(text).digest("hex") !== payload.sha256) {
      throw this.options.world.violate("S11", `${what} refers to an object of another content`)
    }
  }

  private checkSize(runId: string, head: Head): void {
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
    const fresh: Watched = { everOpen: new Map(), order: [], cancelledAt: undefined }
    this.runs.set(runId, fresh)
    return fresh
  }
}

const copyOf = (runs: ReadonlyMap<string, Readonly<Watched>>): Map<string, Watched> =>
  new Map(
    [...runs].map(([runId, run]) => [
      runId,
      { ...run, everOpen: new Map([...run.everOpen].map(([id, prints]) => [id, new Set(prints)])) }
    ])
  )

const replaceBy = <K, V>(map: Map<K, V>, other: ReadonlyMap<K, V>): void => {
  map.clear()
  for (const [key, value] of other) map.set(key, value)
}

/** Poison does not replay, which is what it is for. */
const replayed = new Map(
  rightModel.workflows
    .filter((workflow) => workflow !== rightModel.poison)
    .map((workflow) => [workflow.workflowName, workflow])
)

const show = (records: ReadonlyArray<CommandRecord>): string =>
  records
    .map(({ kind, key, fingerprint }) => `${kind} ${key} ${fingerprint}`)
    .sort()
    .join(", ")
