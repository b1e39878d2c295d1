import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type { Head } from "../../src/actor/history/head.ts"
import { messageKey } from "../../src/actor/history/message.ts"
import { Heartbeats } from "../../src/store/beside/heartbeats.ts"
import { OutputChunks } from "../../src/store/beside/outputChunks.ts"
import { Replies } from "../../src/store/beside/replies.ts"
import { StepMarks } from "../../src/store/beside/stepMarks.ts"
import { CallbackKeys } from "../../src/store/callbacks/callbackKeys.ts"
import { Payloads } from "../../src/store/payloads.ts"
import { RunTable } from "../../src/store/runTable.ts"
import { StepQueue } from "../../src/store/stepQueue.ts"
import { type Timer, Timers } from "../../src/store/timers.ts"
import { digest } from "../digest.ts"
import { Invariants, type SavedInvariants } from "../invariants/invariants.ts"
import type { SavedTable } from "../services/deletion/partition.ts"
import { SimulatedCallbacks } from "../services/simulatedCallbacks.ts"
import { SimulatedPayloads } from "../services/simulatedPayloads.ts"
import { SimulatedTable } from "../services/simulatedTable.ts"
import { Faults } from "../world/faults.ts"
import type { Life } from "../world/machine.ts"
import type { HostSetup } from "./hostProcess.ts"
import { ExploredTimers, type Letter, Letters, SharedWorld } from "./services.ts"
import type { SmallWorld } from "./smallWorlds.ts"

/** What the services hold, and what the invariants know of how it came to be. */
export interface Shared {
  readonly record: Recorded
  readonly letters: ReadonlyMap<string, Letter>
  readonly timers: ReadonlyMap<string, Timer>
  readonly payloads: ReadonlyMap<string, string>
  readonly key: string
}

interface Recorded {
  readonly table: SavedTable
  readonly invariants: SavedInvariants
  readonly key: string
}

export interface SharedOptions {
  readonly traced?: boolean
}

/** The services of one world. They are in one state at a time, and can be put into any that they were in. */
export class SharedServices {
  readonly world: SharedWorld
  readonly table: SimulatedTable
  readonly invariants: Invariants
  readonly letters: Letters
  readonly timers: ExploredTimers
  private readonly payloads: SimulatedPayloads
  private readonly callbacks: SimulatedCallbacks
  private loaded: Shared | undefined
  /** Of table and invariants, as long as nothing is written. */
  private record: Recorded | undefined

  constructor(small: SmallWorld, { traced = false }: SharedOptions) {
    this.world = new SharedWorld(0, new Faults([]), { traced })
    const { world } = this
    this.table = new SimulatedTable(world)
    this.letters = new Letters(world)
    this.timers = new ExploredTimers(world)
    this.payloads = new SimulatedPayloads(world)
    this.callbacks = new SimulatedCallbacks(world)
    this.invariants = new Invariants({
      world,
      table: this.table,
      payloads: this.payloads,
      isChangedCode: () => false,
      isKnownRun: (runId) => small.ends[runId] !== undefined
    })
    for (const { row, runId } of [...small.before, ...small.meanwhile])
      if (row.kind === "cancel") this.invariants.replays.cancels.ask(runId)
    const isWritten = () => {
      this.record = undefined
    }
    this.table.observe({
      rowPut: (runId, row) => {
        isWritten()
        // Every row rings, whoever puts it.
        this.letters.ring(runId, messageKey(row), small.ringTwice.includes(messageKey(row)) ? 2 : 1)
      },
      headWritten: isWritten,
      segmentPut: isWritten
    })
    this.table.observe(this.invariants)
  }

  save(): Shared {
    const [letters, timers, payloads] = [this.letters.save(), this.timers.save(), this.payloads.save()]
    const { loaded } = this
    this.record ??= this.saveRecord()
    const { record } = this
    if (
      loaded?.record === record &&
      loaded.letters === letters &&
      loaded.timers === timers &&
      loaded.payloads === payloads
    ) {
      return loaded
    }
    const post = [...letters.values()].map(({ id, receives, holder }) => `${id} ${receives} ${holder}`).sort()
    const key = digest(
      [record.key, ...post, "", ...[...timers.keys()].sort(), "", ...[...payloads.keys()].sort()].join("\n")
    )
    this.loaded = { record, letters, timers, payloads, key }
    return this.loaded
  }

  load(shared: Shared): void {
    if (this.loaded === shared) return
    if (this.record !== shared.record) {
      this.table.restore(shared.record.table)
      this.invariants.restore(shared.record.invariants)
      this.record = shared.record
    }
    this.letters.restore(shared.letters)
    this.timers.restore(shared.timers)
    this.payloads.restore(shared.payloads)
    this.loaded = shared
  }

  /** Something broke off in the middle: what is there now is no state. */
  forget(): void {
    this.loaded = undefined
    this.record = undefined
  }

  /** Answers with how often it has begun by now. */
  stepBegins(name: string, runId: string, key: string): number {
    this.record = undefined
    this.invariants.stepBegins(name, runId, key)
    return this.invariants.executions.get(`${runId} ${key}`) as number
  }

  readonly of = (life: Life): ReturnType<HostSetup["services"]> =>
    Context.make(RunTable, this.table.service(life)).pipe(
      Context.add(StepQueue, this.letters.service(life)),
      Context.add(Timers, this.timers.service(life)),
      Context.add(Payloads, this.payloads.service(life)),
      Context.add(Replies, noUpdates),
      // No small world has output streams.
      Context.add(OutputChunks, {} as OutputChunks["Service"]),
      Context.add(CallbackKeys, this.callbacks.keys(life)),
      Context.add(Heartbeats, this.callbacks.heartbeats(life)),
      // No step of these worlds asks for one.
      Context.add(StepMarks, {} as StepMarks["Service"])
    )

  private saveRecord(): Recorded {
    const [table, invariants] = [this.table.save(), this.invariants.save()]
    return { table, invariants, key: digest(`${textOfTable(table)}\n${textOfInvariants(invariants)}`) }
  }
}

/** The programs of explored worlds are sent none. */
const noUpdates = {
  put: () => Effect.die(new Error("an explored run has answered an update")),
  read: () => Effect.succeed(undefined)
}

const textOfTable = (table: SavedTable): string =>
  [...table]
    .map(([runId, { head, segments, rows }]) => {
      const texts = [...rows.values()].map(textOf).sort()
      return [runId, head === undefined ? "" : textOf(head), JSON.stringify([...segments]), ...texts].join("\n")
    })
    .sort()
    .join("\n\n")

const textOfInvariants = ({ runs, executions, cancelled }: SavedInvariants): string => {
  const opened = [...runs].map(([runId, { everOpen, endedAt }]) => {
    const commands = [...everOpen].map(([id, prints]) => `${id} ${[...prints].sort().join()}`)
    return [runId, endedAt, ...commands.sort()].join("\n")
  })
  const executed = [...executions].map(([id, count]) => `${id} ${count}`)
  return [...opened.sort(), ...executed.sort(), ...[...cancelled].sort()].join("\n")
}

/** Rows and heads are never changed, and are met again and again. */
const textOf = (item: object | Head): string => {
  const known = texts.get(item)
  if (known !== undefined) return known
  const text = JSON.stringify(item)
  texts.set(item, text)
  return text
}
const texts = new WeakMap<object, string>()
