import { type Message, messageKey } from "../../src/actor/history/message.ts"
import type { StoredRun } from "../../src/store/runTable.ts"
import { attemptsOf, type Execution } from "./definitions.ts"
import type { Ended } from "./startedRun.ts"

/** From the moment before the signal until the process was seen to be gone: on a busy machine it goes on in between. */
export interface Kill {
  readonly from: number
  readonly until: number
}

/** A run as it stands in the store when all is over. Child runs are among them. */
export interface Stored {
  readonly runId: string
  readonly stored: StoredRun
}

export interface Audit {
  /** Runs without their one right outcome. */
  readonly lost: number
  /** Accepted outcomes that occur twice, or differ from what the workflow has seen. */
  readonly doubled: number
  readonly executions: number
  readonly stepKeys: number
  /** Executions beyond the attempts of their step. */
  readonly repeated: number
  /** The most of these for one step. */
  readonly mostRepeated: number
  readonly violations: ReadonlyArray<string>
}

/**
 * Compares three witnesses that know nothing of each other: the ledger that the steps wrote, the inboxes, and the outcomes
 * that the client was given.
 */
export const audit = (
  ended: ReadonlyArray<Ended>,
  runs: ReadonlyArray<Stored>,
  ledger: ReadonlyArray<Execution>,
  kills: ReadonlyArray<Kill>
): Audit => {
  const violations: Array<string> = []
  const lost = ended.filter(({ wrong }) => wrong !== undefined)
  for (const { run, wrong } of lost) violations.push(`run ${run.runId} (${run.kind}): ${wrong}`)

  const accepted = new Map<string, Accepted>()
  const doubled: Array<string> = []
  for (const { runId, stored } of runs) {
    doubled.push(...twice(runId, adoptedOrder(stored)))
    for (const one of acceptedSteps(runId, stored)) accepted.set(one.key, one)
  }
  const acceptedExecutions = new Set([...accepted.values()].map(({ execution }) => execution))
  for (const { run, seen } of ended) {
    doubled.push(...twice(run.runId, seen))
    for (const execution of seen) {
      if (!acceptedExecutions.has(execution))
        doubled.push(`run ${run.runId} has seen execution ${execution}, which was not accepted`)
    }
  }
  violations.push(...doubled)

  const byKey = Map.groupBy(ledger, ({ key }) => key)
  let repeated = 0
  let mostRepeated = 0
  for (const [key, executions] of byKey) {
    const beyond = executions.length - (attemptsOf[executions[0]?.step ?? ""] ?? 0)
    if (beyond <= 0) continue
    repeated += beyond
    mostRepeated = Math.max(mostRepeated, beyond)
    const during = killsDuring(executions, kills)
    if (beyond > during) violations.push(`${key}: ${executions.length} executions, ${during} kills while it was open`)
  }
  const known = new Set(ledger.map(({ execution }) => execution))
  for (const { at, execution, key } of accepted.values()) {
    if (execution !== undefined && !known.has(execution))
      violations.push(`${key}: the ledger knows no execution ${execution}`)
    const late = byKey.get(key)?.filter((one) => one.at > at).length ?? 0
    if (late > 0) violations.push(`${key}: ${late} executions after its outcome was accepted`)
  }
  for (const { runId, stored } of runs) violations.push(...wrongUndo(runId, stored, ledger))
  return {
    lost: lost.length,
    doubled: doubled.length,
    executions: ledger.length,
    stepKeys: byKey.size,
    repeated,
    mostRepeated,
    violations
  }
}

interface Accepted {
  readonly key: string
  readonly at: number
  /** Undefined if the step ended without an output. */
  readonly execution: string | undefined
}

const adoptedOrder = ({ head, segments }: StoredRun): ReadonlyArray<string> =>
  head === undefined ? [] : [...segments.slice(0, head.segments).flat(), ...head.tail]

const twice = (runId: string, names: ReadonlyArray<string>): ReadonlyArray<string> =>
  names.filter((name, index) => names.indexOf(name) !== index).map((name) => `run ${runId}: ${name} was accepted twice`)

const outputOf = (message: Message): { readonly value: number; readonly execution: string } | undefined =>
  message.kind === "step" && message.outcome.tag === "succeeded" && "json" in message.outcome.payload
    ? JSON.parse(message.outcome.payload.json)
    : undefined

const acceptedSteps = (runId: string, { messages }: StoredRun): ReadonlyArray<Accepted> =>
  messages.flatMap((message) =>
    message.kind === "step"
      ? [{ key: `${runId}/${message.key}`, at: message.at, execution: outputOf(message)?.execution }]
      : []
  )

/** A kill ends executions under way: each may make one more of every step that was open. */
const killsDuring = (executions: ReadonlyArray<Execution>, kills: ReadonlyArray<Kill>): number => {
  const times = executions.map(({ at }) => at)
  const [first, last] = [Math.min(...times), Math.max(...times)]
  return kills.filter(({ from, until }) => until >= first && from <= last).length
}

/**
 * S14: what was done before the run broke off is undone, all of it, the last first, both in the order of acceptance and in that
 * of execution.
 */
const wrongUndo = (runId: string, stored: StoredRun, ledger: ReadonlyArray<Execution>): ReadonlyArray<string> => {
  const rows = new Map(stored.messages.map((row) => [messageKey(row), row]))
  const order = adoptedOrder(stored)
  if (stored.head?.status !== "cancelled" && stored.head?.status !== "failed") return []
  const inputs = (prefix: string, keys: ReadonlyArray<string>) =>
    keys
      .filter((key) => key.startsWith(prefix))
      .map((key) => (outputOf(rows.get(key) as Message)?.value ?? Number.NaN) / 3)
  const done = inputs("step/work#", order)
  const undone = inputs("step/undo#", order)
  const begun = ledger.filter((execution) => execution.runId === runId && execution.step === "undo").map(({ n }) => n)
  const executed = begun.filter((n, index) => n !== begun[index - 1])
  const wanted = String(done.toReversed())
  const wrong: Array<string> = []
  if (String(undone) !== wanted) wrong.push(`run ${runId}: undone ${undone}, but ${wanted} was to be`)
  if (String(executed) !== wanted) wrong.push(`run ${runId}: undo ran for ${executed}, but ${wanted} was to be`)
  return wrong
}
