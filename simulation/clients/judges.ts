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
   * What was accepted once is accepted when it is asked again, whatever has become of the run. A cancellation that a parked run does not
   * take is kept; the poisoned one takes it.
   */
  isNoOpenRun(runId: string, key: string): (error: string) => boolean {
    const { startsAgain, table } = this.on
    const isNoRun = this.isNoRun(runId)
    const isThere = () => table.rowOfRun(runId, key) !== undefined
    const wasAccepted = isThere()
    const known = new Set(startsAgain.acknowledged)
    return (error) => {
      if (error === "RunParked") return key === "cancel" && isThere() && runId !== "poison"
      if (error === "RunFinished")
        return (
          !wasAccepted && (isTerminal(this.headOf(runId)?.status ?? "running") || startsAgain.isNewTo(known, runId))
        )
      return isNoRun(error)
    }
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
