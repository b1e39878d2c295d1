import { addressOf, parseAddress } from "../../src/actor/history/generation.ts"
import { isTerminal } from "../../src/actor/history/head.ts"
import { isReference, type Payload } from "../../src/actor/values/payload.ts"
import { objectName } from "../../src/store/deletion/payloadNames.ts"
import type { SimulatedPayloads } from "../services/simulatedPayloads.ts"
import type { SimulatedTable } from "../services/simulatedTable.ts"
import type { StartsAgain } from "./startsAgain.ts"

interface Seen {
  readonly table: SimulatedTable
  readonly payloads: SimulatedPayloads
  readonly startsAgain: StartsAgain
}

const isNameless = (key: string): boolean => key === "cancel" || key === "terminate"

/** Is it right that clients are refused? */
export class Judges {
  private readonly on: Seen

  constructor(on: Seen) {
    this.on = on
  }

  /** A run of that id is there, and was started as something else; it may have been started again. */
  isOther(runId: string, workflow: string, json: string): boolean {
    const row = this.on.table.row(runId, "start")
    return row?.kind === "start" && (row.workflow !== workflow || this.textOf(row.input) !== json)
  }

  /** It had not been started when that was asked. */
  isNoRun(runId: string): (error: string) => boolean {
    const wasThere = this.on.table.row(runId, "start") !== undefined
    return (error) => error === "RunNotFound" && !wasThere
  }

  /**
   * What was accepted once is accepted when it is asked again, whatever has become of the run; what has no id is asked again of what the run was then, and no
   * more once it goes on by another start or from an earlier message. A cancellation that a parked run does not take is kept; the poisoned one takes it.
   */
  isNoOpenRun(runId: string, key: string): (error: string) => boolean {
    const { startsAgain, table } = this.on
    const isNoRun = this.isNoRun(runId)
    const isThere = () => (isNameless(key) ? this.isOfThisStart(runId, key) : table.rowOfRun(runId, key) !== undefined)
    const wasAccepted = isThere()
    const known = new Set(startsAgain.acknowledged)
    return (error) => {
      if (error === "RunParked") return key === "cancel" && isThere() && runId !== "poison"
      if (error === "RunFinished") {
        const isAccepted = wasAccepted && isThere()
        return !isAccepted && (isTerminal(this.headOf(runId)?.status ?? "running") || startsAgain.isNewTo(known, runId))
      }
      return isNoRun(error)
    }
  }

  /** Put into this generation, or into one that it has continued. */
  private isOfThisStart(runId: string, key: string): boolean {
    const { table } = this.on
    for (let { generation } = parseAddress(table.newest(runId)); generation >= 0; generation--) {
      const address = addressOf(runId, generation)
      if (table.row(address, key) !== undefined) return true
      const start = table.row(address, "start")
      if (start?.kind !== "start" || start.from !== undefined || start.continues?.since === generation) return false
    }
    return false
  }

  /** Of the generation that the run is in. */
  headOf(runId: string) {
    const { table } = this.on
    return table.head(table.newest(runId))
  }

  textOf(payload: Payload): string | undefined {
    return isReference(payload) ? this.on.payloads.get(objectName(payload)) : payload.json
  }
}
