import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { keyInRun, nextAddress } from "../../src/actor/history/generation.ts"
import type { StepMessage } from "../../src/actor/history/message.ts"
import type { StreamItem } from "../../src/client/output/streamItem.ts"
import { words } from "../workload/features/output.ts"
import type { Act, ActOn } from "./act.ts"

interface Args {
  readonly from: number
  readonly tries: "standing" | "all"
  readonly forMs: number
}

/**
 * Reads a stream for a while, or to its end, as a browser does: what it has seen it keeps when the client dies, and goes on from there.
 * S24: what it shows is what the stream holds, each value once and in order, and in the end only what stands.
 */
export const readOutput = ({ forMs, from, tries }: Args, { output, runId, table, world }: ActOn): Act => {
  const stream = { runId, name: words.streamName }
  let shown: ReadonlyArray<StreamItem<number> & { readonly _tag: "Value" }> = []
  let position = from
  const wrong = (what: string) => world.violate("S24", `a reader of ${runId}: ${what}`)
  const take = (item: StreamItem<number>) => {
    if (item._tag === "Superseded") {
      if (tries === "all") throw wrong("a note, and it had asked for all tries")
      shown = shown.filter(({ source }) => source.from === "body" || source.step !== item.step)
      return
    }
    const there = output.chunks(stream).find((chunk) => chunk.position + chunk.values.length > item.position)
    if (Number(there?.values[item.position - there.position]) !== item.value)
      throw wrong(`is shown ${item.value} at ${item.position}, where there is something else`)
    if (shown.some((one) => one.position === item.position)) throw wrong(`is shown ${item.position} twice`)
    const isNext = tries === "all" ? item.position === position : item.position >= position
    if (!isNext && tries === "all") throw wrong(`is shown ${item.position}, and not ${position}`)
    shown = [...shown, item]
    position = Math.max(position, item.position + 1)
  }
  /** By the outcomes of the steps. One without an outcome has no try that certainly stands. */
  const checkEnd = () => {
    const rows = new Map<string, StepMessage>()
    for (let address = runId; table.row(address, "start") !== undefined; address = nextAddress(address)) {
      for (const row of table.rows(address)) if (row.kind === "step") rows.set(keyInRun(address, row.key), row)
    }
    const due = output.chunks(stream).flatMap(({ position: at, source, values }) => {
      const isDue =
        tries === "all" ||
        source.kind === "body" ||
        (source.kind === "step" && rows.get(source.key)?.execution === source.execution)
      return isDue ? values.map((_, index) => at + index) : []
    })
    const positions = new Set(shown.map((one) => one.position))
    const missing = due.find((at) => at >= from && !positions.has(at))
    if (missing !== undefined) throw wrong(`has come to the end without ${missing}`)
    if (tries === "all") return
    for (const { position: at, source } of shown) {
      if (source.from === "body" || !rows.has(source.step) || rows.get(source.step)?.inline === true) continue
      if (rows.get(source.step)?.execution !== source.execution) throw wrong(`ends with ${at}, which does not stand`)
    }
  }
  return {
    what: `read ${words.streamName} of ${runId}`,
    ask: (client) => {
      const reading = client.stream(runId, words, { from: position, tries }).pipe(
        Stream.runForEach((item: StreamItem<number>) => Effect.sync(() => take(item))),
        Effect.tap(() => Effect.sync(checkEnd))
      )
      return Effect.raceFirst(reading, Effect.sleep(forMs))
    },
    judge: () => {
      const wasThere = table.row(runId, "start") !== undefined
      return (error) => error === "RunNotFound" && !wasThere
    }
  }
}
