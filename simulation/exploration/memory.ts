import { adoptedKey } from "../../src/actor/history/entry.ts"
import { messageKey } from "../../src/actor/history/message.ts"
import { type WarmRun, WarmRuns } from "../../src/streams/turns/warmRun.ts"

/** All that a host at rest knows, which is far less than all that it has been told. */
export interface Memory {
  readonly text: string
  /** Rows that its suspended actors have been given. Without a text: as they stand in the table. */
  readonly rows: ReadonlyArray<{ readonly runId: string; readonly key: string; readonly text: string | undefined }>
}

/** Suspended runs that can be told from each other. */
export class RememberedRuns extends WarmRuns {
  private readonly kept = new Map<string, Map<string, string>>()
  private readonly ended = new Set<string>()

  constructor() {
    super(100)
  }

  override keep(runId: string, run: WarmRun): void {
    super.keep(runId, run)
    const rows = new Map<string, string>()
    this.kept.set(runId, rows)
    const { actor } = run
    const deliver = actor.deliver.bind(actor)
    // The row that it had in hand may differ from the one in the table. Then its memory differs from that of a host that has read
    // the table.
    const remembered: typeof deliver = (message, live) => {
      rows.set(messageKey(message), JSON.stringify(message))
      return deliver(message, live)
    }
    actor.deliver = remembered
  }

  override evict(runId: string): void {
    super.evict(runId)
    this.kept.delete(runId)
  }

  override finish(runId: string): void {
    super.finish(runId)
    this.kept.delete(runId)
    this.ended.add(runId)
  }

  memory(draws: number): Memory {
    const rows: Array<Memory["rows"][number]> = []
    const texts = [...this.ended].sort()
    for (const [runId, given] of [...this.kept].sort(([a], [b]) => (a < b ? -1 : 1))) {
      const { actor, head, noticesUncertain } = this.get(runId) as WarmRun
      // Private, and no part of what has been adopted: inline outcomes that are there before their command.
      const early = Reflect.get(actor, "early") as ReadonlyMap<string, unknown>
      texts.push(JSON.stringify([runId, actor.order, head, noticesUncertain, [...early.keys()].sort()]))
      for (const key of [...actor.order.map(adoptedKey), ...early.keys()])
        rows.push({ runId, key, text: given.get(key) })
    }
    return { text: `${draws}\n${texts.join("\n")}`, rows }
  }
}
