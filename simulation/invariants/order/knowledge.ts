import * as Effect from "effect/Effect"
import { runIdOf } from "../../../src/actor/history/generation.ts"
import { type Message, messageKey } from "../../../src/actor/history/message.ts"
import { homeMark } from "../../../src/store/generations/nextGeneration.ts"
import type { RunTable } from "../../../src/store/runTable.ts"
import { forgetRun } from "../../services/deletion/forgetRun.ts"
import type { SimulatedTable } from "../../services/simulatedTable.ts"

interface Try {
  /** Of the generation. */
  readonly address: string
  readonly at: number
  knew: ReadonlyArray<string>
}

/** What the client had been told to be durable when it sent each row: that is adopted before it (S18). */
export class Knowledge {
  private readonly table: SimulatedTable
  /** By run: what this life of the client was told. */
  private told = new Map<string, Array<string>>()
  private readonly before = new WeakMap<Message, ReadonlyArray<string>>()
  /** With real adapters a row is read back, and is another object. By run and key: each try to put it, by the time that it bears, and what was known then. */
  private readonly tries = new Map<string, Array<Try>>()
  /** By the statements of an application's transaction: the row that they put. */
  private readonly tryOf = new WeakMap<object, Try>()
  /** By run and mark: what was known to who marked it first. */
  private readonly beforeHome = new Map<string, ReadonlyArray<string>>()

  constructor(table: SimulatedTable) {
    this.table = table
  }

  /** The run was deleted, and its id is another's. */
  forget(runId: string): void {
    forgetRun(this.told, runId)
    forgetRun(this.beforeHome, runId)
    forgetRun(this.tries, runId)
  }

  /** The process that sent it knew of these. Where several tries bear the same time nobody can say which of them stands: what all of them knew. */
  beforeOf(runId: string, row: Message): ReadonlyArray<string> {
    const [first, ...others] = (this.tries.get(`${runId} ${messageKey(row)}`) ?? []).filter(({ at }) => at === row.at)
    return this.before.get(row) ?? others.reduce((knew, other) => inBoth(knew, other.knew), first?.knew ?? [])
  }

  /** An application commits them: on a file what they put is behind all that was sent to the same generation by then. */
  noteCommit(statements: ReadonlyArray<object>): void {
    for (const one of statements) {
      const put = this.tryOf.get(one)
      if (put === undefined) continue
      const told = this.told.get(runIdOf(put.address)) ?? []
      const isThere = (key: string) => this.table.row(put.address, key) !== undefined
      put.knew = [...new Set([...put.knew, ...told.filter(isThere)])]
    }
  }

  /** The same as `noteTold`, of a signal in a transaction on a file: it is named by what is sent next to where it is. */
  notePlaced(runId: string, key: string): void {
    if (this.table.row(this.table.newest(runId), key) !== undefined) this.noteTold(runId, key)
  }

  noteTold(runId: string, key: string): void {
    const told = this.told.get(runId) ?? []
    this.told.set(runId, told)
    told.push(key)
  }

  /** For a new life, which knows nothing: a table that notes with each row what its sender knew as it was sent. */
  noting(table: RunTable["Service"]): RunTable["Service"] {
    this.told = new Map()
    const { told } = this
    const knownOf = (address: string) => [...(told.get(runIdOf(address)) ?? [])]
    const note = (address: string, row: Message): Try | undefined => {
      // One that is brought on to a later generation was sent before: its sender has learnt nothing since.
      const runId = runIdOf(address)
      const key = messageKey(row)
      if (this.before.has(row) || this.table.rowOfRun(address, key) !== undefined) return undefined
      const knew = inBoth(knownOf(address), this.beforeHome.get(`${runId} ${homeMark(key)}`))
      this.before.set(row, knew)
      const id = `${runId} ${key}`
      const put: Try = { address, at: row.at, knew }
      this.tries.set(id, [...(this.tries.get(id) ?? []), put])
      return put
    }
    const { asWrites } = table
    return {
      ...table,
      // What is sent again under its id stands where it was sent first, also if that try has put nothing but the mark of where.
      raiseMark: (address, mark, how) => {
        const home = `${runIdOf(address)} ${mark}`
        if (!this.beforeHome.has(home)) this.beforeHome.set(home, knownOf(address))
        return table.raiseMark(address, mark, how)
      },
      put: (address, row) => {
        note(address, row)
        return table.put(address, row)
      },
      // One that is to be put by a transaction of its sender's.
      ...(asWrites === undefined
        ? {}
        : {
            asWrites: (row) => {
              const put = note(row.address, row.message)
              return Effect.tap(asWrites(row), ({ statements = [] }) =>
                Effect.sync(() => {
                  if (put !== undefined) for (const one of statements) this.tryOf.set(one, put)
                })
              )
            }
          })
    }
  }
}

/** A life that knew more, and has died, is another sender; what this one has learnt since the mark was made came later. */
const inBoth = (now: ReadonlyArray<string>, atHome: ReadonlyArray<string> = now) =>
  now.filter((key) => atHome.includes(key))
