import { digest } from "../digest.ts"
import { type Entry, HostProcess, type HostSetup } from "./hostProcess.ts"
import type { Request } from "./localWorld.ts"
import type { Memory } from "./memory.ts"

/** A life of a host so far: what it waits for, and how to go on from here. */
export interface Moment {
  readonly number: number
  readonly before: Moment | undefined
  readonly entry: Entry | undefined
  /** Tells the entry from all others that may come at the moment before. */
  readonly entryKey: string
  readonly host: HostSetup
  readonly life: number
  readonly now: number
  readonly requests: ReadonlyArray<Request>
  readonly hasSleeps: boolean
  /** Rings and deliveries so far, and those that it is through with, by their place among them. */
  readonly activities: number
  readonly over: ReadonlyArray<number>
  /** What it remembers; undefined while it is at something. */
  readonly memory: Memory | undefined
  readonly after: Map<string, Moment>
}

/** Processes that are kept where their last answer has left them. The others are made anew when they are needed. */
const keptProcesses = 2_000

/**
 * Hosts, executed once for each thing that can happen to them and not once for each course of the whole world: a tree of
 * moments, in which every edge is an entry. A process can be told only one continuation, so another one begins a process anew
 * and tells it everything from its start.
 */
export class Moments {
  private readonly begun = new Map<string, Moment>()
  private readonly resting = new Map<string, Moment>()
  private readonly processes = new Map<Moment, HostProcess>()
  private count = 0
  /** Processes that were made. */
  executions = 0

  begin(host: HostSetup, life: number): Moment {
    const name = `${host.name}/${life}`
    const known = this.begun.get(name)
    if (known !== undefined) return known
    const moment = this.momentOf(this.start(host, life))
    this.begun.set(name, moment)
    return moment
  }

  next(moment: Moment, entry: Entry, entryKey: string): Moment {
    const known = moment.after.get(entryKey)
    if (known !== undefined) return known
    const process = this.processes.get(moment) ?? this.relive(moment)
    this.processes.delete(moment)
    process.tell(entry)
    const after = this.momentOf(process, moment, entry, entryKey)
    moment.after.set(entryKey, after)
    return after
  }

  /** A moment of the same future, the same one for all that remember the same. */
  atRest(moment: Moment, rowText: (runId: string, key: string) => string): Moment {
    const { memory, host, life, now } = moment
    if (memory === undefined) return moment
    const rows = memory.rows.map(({ runId, key, text }) => `${runId} ${key} ${text ?? rowText(runId, key)}`)
    const name = digest([host.name, life, now, memory.text, ...rows].join("\n"))
    const known = this.resting.get(name)
    if (known === undefined) this.resting.set(name, moment)
    return known ?? moment
  }

  private relive(moment: Moment): HostProcess {
    const entries: Array<Entry> = []
    for (let at: Moment | undefined = moment; at?.entry !== undefined; at = at.before) entries.push(at.entry)
    const process = this.start(moment.host, moment.life)
    for (const entry of entries.reverse()) process.tell(entry)
    return process
  }

  private start(host: HostSetup, life: number): HostProcess {
    this.executions++
    return new HostProcess(host, life)
  }

  private momentOf(process: HostProcess, before?: Moment, entry?: Entry, entryKey = ""): Moment {
    const { host, life, world } = process
    const moment: Moment = {
      number: this.count++,
      before,
      entry,
      entryKey,
      host,
      life,
      now: world.now,
      requests: [...world.requests.values()].map(({ id, point, perform }) => ({ id, point, perform })),
      hasSleeps: world.sleeps.size > 0,
      activities: process.activities,
      over: [...process.over],
      memory: process.memory(),
      after: new Map()
    }
    this.processes.set(moment, process)
    for (const oldest of this.processes.keys()) {
      if (this.processes.size <= keptProcesses) break
      this.processes.delete(oldest)
    }
    return moment
  }
}
