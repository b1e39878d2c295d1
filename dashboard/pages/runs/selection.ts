import { useRef, useState } from "preact/hooks"
import type { RunSummary } from "../../api/shapes.ts"

export interface RunSelection {
  /** The runs as they were when they were selected, by their ids. */
  readonly selected: ReadonlyMap<string, RunSummary>
  readonly has: (runId: string) => boolean
  /** `isRange`: all from the one that was taken last to this one. */
  readonly toggle: (index: number, isRange: boolean) => void
  readonly add: (runs: ReadonlyArray<RunSummary>) => void
  readonly drop: (runIds: ReadonlyArray<string>) => void
  readonly clear: () => void
}

/** Selected runs stay so while the list moves under them: they are known by their ids, and not by where they stand. */
export const useSelection = (runs: ReadonlyArray<RunSummary>): RunSelection => {
  const [selected, setSelected] = useState<ReadonlyMap<string, RunSummary>>(new Map())
  const last = useRef<string>(undefined)
  const change = (alter: (map: Map<string, RunSummary>) => void) =>
    setSelected((before) => {
      const next = new Map(before)
      alter(next)
      return next
    })
  const toggle = (index: number, isRange: boolean) => {
    const run = runs[index]
    if (run === undefined) return
    const from = isRange ? runs.findIndex(({ runId }) => runId === last.current) : -1
    const isWanted = !selected.has(run.runId)
    last.current = run.runId
    const range = from === -1 ? [run] : runs.slice(Math.min(from, index), Math.max(from, index) + 1)
    change((map) => {
      for (const one of range) {
        if (isWanted) map.set(one.runId, one)
        else map.delete(one.runId)
      }
    })
  }
  return {
    selected,
    has: (runId) => selected.has(runId),
    toggle,
    add: (added) =>
      change((map) => {
        for (const run of added) map.set(run.runId, run)
      }),
    drop: (runIds) =>
      change((map) => {
        for (const runId of runIds) map.delete(runId)
      }),
    clear: () => setSelected(new Map())
  }
}
