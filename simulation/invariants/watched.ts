import type { Message } from "../../src/actor/history/message.ts"

/** What the invariants know of one run beside what is in the table. */
export interface Watched {
  /** Every command that a committed head had open: `kind key` to its fingerprints. */
  readonly everOpen: Map<string, Set<string>>
  readonly rows: Map<string, Message>
  /** Run ids of its children, by command. */
  readonly children: Map<string, string>
  /** Reasons for which it was parked. */
  readonly parked: Set<string>
  order: ReadonlyArray<string>
  endedAt: number | undefined
}

export const newlyWatched = (): Watched => ({
  everOpen: new Map(),
  rows: new Map(),
  children: new Map(),
  parked: new Set(),
  order: [],
  endedAt: undefined
})

export const copyOf = (runs: ReadonlyMap<string, Readonly<Watched>>): Map<string, Watched> =>
  new Map(
    [...runs].map(([runId, run]) => [
      runId,
      {
        ...run,
        everOpen: new Map([...run.everOpen].map(([id, prints]) => [id, new Set(prints)])),
        rows: new Map(run.rows),
        children: new Map(run.children),
        parked: new Set(run.parked)
      }
    ])
  )

export const replaceBy = <K, V>(map: Map<K, V>, other: ReadonlyMap<K, V>): void => {
  map.clear()
  for (const [key, value] of other) map.set(key, value)
}

export const replaceSet = <A>(set: Set<A>, other: ReadonlySet<A>): void => {
  set.clear()
  for (const one of other) set.add(one)
}
