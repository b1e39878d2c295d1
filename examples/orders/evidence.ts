import { Client, type HistoryEvent, type RunDescription } from "dynactor"
import { Effect } from "effect"
import type { EffectEntry, Entry, ExecutionEntry } from "./ledger.ts"
import type { Answer, OrderCase } from "./people.ts"
import type { StoreChoice } from "./stores.ts"

/** All that is known at the end, by three witnesses: the people, the world outside, and the runtime's own books. */
export interface Evidence {
  readonly store: StoreChoice["kind"]
  readonly cases: ReadonlyArray<OrderCase>
  /** What each customer was told. */
  readonly answers: ReadonlyMap<string, Answer>
  /** Written by the steps themselves, not by the runtime. */
  readonly ledger: ReadonlyArray<Entry>
  /** What the runtime has stored. */
  readonly runs: ReadonlyMap<string, StoredRun>
  readonly kill: Kill
}

export interface StoredRun {
  readonly description: RunDescription
  readonly history: ReadonlyArray<HistoryEvent>
}

export interface Kill {
  readonly at: number
  readonly pid: number
  readonly successor: number
}

export const readRuns = Effect.fnUntraced(function* (cases: ReadonlyArray<OrderCase>) {
  const client = yield* Client
  const runs = yield* Effect.forEach(
    cases,
    ({ order: { id } }) =>
      Effect.map(
        Effect.all([client.get(id), client.history(id)]),
        ([description, history]) => [id, { description, history }] as const
      ),
    { concurrency: 16 }
  )
  return new Map<string, StoredRun>(runs)
})

export interface StepCounts {
  /** Executions begun, by the ledger. */
  readonly executed: number
  /** Outcomes that became history, by the runtime's books. */
  readonly accepted: number
  /** Executions that answered "try again". */
  readonly retried: number
  /** Executions that took place again, because the outcome of the one before was not durable when its worker was killed. */
  readonly repeated: ReadonlyArray<ExecutionEntry>
}

export const countSteps = ({ ledger, runs }: Evidence): StepCounts => {
  const commands = new Set<string>()
  const attempts = new Set<string>()
  const repeated: Array<ExecutionEntry> = []
  const executions = executionsOf(ledger)
  for (const entry of executions) {
    const command = commandOf(entry)
    const attempt = `${command} ${entry.attempt}`
    if (attempts.has(attempt)) repeated.push(entry)
    commands.add(command)
    attempts.add(attempt)
  }
  const accepted = [...runs.values()].reduce((sum, run) => sum + acceptedSteps(run).length, 0)
  return { executed: executions.length, accepted, retried: attempts.size - commands.size, repeated }
}

export const executionsOf = (ledger: ReadonlyArray<Entry>): ReadonlyArray<ExecutionEntry> =>
  ledger.filter((entry): entry is ExecutionEntry => entry.kind === "began")

export const commandOf = ({ runId, step }: ExecutionEntry): string => `${runId}/${step}`

/** The commands of a run whose outcomes became its history. */
export const acceptedSteps = ({ history }: StoredRun): ReadonlyArray<string> =>
  history.flatMap(({ message, position }) => (message.kind === "step" && position !== undefined ? [message.key] : []))

/** Sums by order. An idempotency key counts once: bank and warehouse take a repeated request for the one that they had. */
export const sumEffects = (ledger: ReadonlyArray<Entry>, kind: EffectEntry["kind"]): ReadonlyMap<string, number> => {
  const keys = new Set<string>()
  const sums = new Map<string, number>()
  for (const entry of ledger) {
    if (entry.kind !== kind || keys.has(entry.idempotencyKey)) continue
    keys.add(entry.idempotencyKey)
    sums.set(entry.orderId, (sums.get(entry.orderId) ?? 0) + entry.amount)
  }
  return sums
}
