import { list, plural } from "../reports/text.ts"
import type { WorldEvent } from "../world/events.ts"
import type { Recording } from "../world/schedule.ts"
import type { Judgement, Problem } from "./problem.ts"
import { type Due, undoneThingProblem } from "./undoneThings.ts"

/** By the name of a step, the one that undoes it. */
type Compensations = ReadonlyMap<string, string>

/** By the name of an undoing step, the places at which it was asked for. */
type Begun = ReadonlyMap<string, ReadonlyArray<number>>

/** What succeeded in a run that did not, and was it undone, last one first? Of child runs each is asked by itself. */
export const compensationProblem = ({ engine }: Recording, { compensations }: Judgement): Problem | undefined => {
  if (compensations.size === 0) return undefined
  for (const { runId, outcome } of engine.runs.values()) {
    if (outcome === undefined || outcome.tag === "succeeded" || outcome.tag === "continued") continue
    const events = engine.events.filter((event) => event.runId === runId)
    const due = duesOf(events, compensations)
    const begun = begunOf(events, compensations)
    const problem =
      missingProblem(outcome.tag, due, begun) ?? orderProblem(due, begun) ?? undoneThingProblem(events, due)
    if (problem !== undefined) return problem
  }
  return undefined
}

const duesOf = (events: ReadonlyArray<WorldEvent>, compensations: Compensations): ReadonlyArray<Due> => {
  const dues = new Map<string, Due>()
  const asked = new Map<string, number>()
  for (const [index, event] of events.entries()) {
    if (event.kind === "asked") asked.set(event.command.key, index)
    if (event.kind !== "executed" || event.outcome?.tag !== "succeeded" || event.unheard !== undefined) continue
    const { name: step, key } = event.command
    const by = compensations.get(step)
    if (by === undefined) continue
    const { input } = event.command
    const answer = event.outcome.payload
    dues.set(key, { step, key, input, answer, by, askedAt: asked.get(key) ?? index, succeededAt: index })
  }
  return [...dues.values()].sort((a, b) => a.succeededAt - b.succeededAt)
}

const begunOf = (events: ReadonlyArray<WorldEvent>, compensations: Compensations): Begun => {
  const begun = new Map([...compensations.values()].map((by) => [by, [] as number[]]))
  for (const [index, event] of events.entries()) {
    if (event.kind === "asked") begun.get(event.command.name)?.push(index)
  }
  return begun
}

/** Counted by the undoing step, which may undo several others: each of their successes takes a call of it. */
const missingProblem = (ending: string, due: ReadonlyArray<Due>, begun: Begun): Problem | undefined => {
  for (const [by, { length: times }] of begun) {
    const wanted = due.filter((one) => one.by === by)
    if (wanted.length <= times) continue
    return {
      kind: "compensation",
      title: "a compensation is missing",
      explain: () => [
        `The run ends as ${ending}. ${list(wanted.map(({ key }) => key))} succeeded and had to be undone; ` +
          `${by} was ${timesAsked(times)}.`,
        ...(new Set(wanted.map(({ step }) => step)).size > 1 && times > 0
          ? [`If one call of ${by} undoes all of them, name it for the first of them only.`]
          : [])
      ]
    }
  }
  return undefined
}

const timesAsked = (times: number): string =>
  times === 0 ? "never asked for" : `asked for ${plural(times, "time")} only`

/** Of two steps of which one began when the other was through, the later one is undone first. */
const orderProblem = (due: ReadonlyArray<Due>, begun: Begun): Problem | undefined => {
  const undoneAt = undoneAtOf(due, begun)
  for (const first of due) {
    const firstUndone = undoneAt.get(first)
    if (firstUndone === undefined) continue
    for (const second of due) {
      if (first.step === second.step || second.askedAt < first.succeededAt) continue
      const secondUndone = undoneAt.get(second)
      // It was undone before the other took effect: that was part of the normal course, and says nothing of the order.
      if (secondUndone === undefined || secondUndone < firstUndone || firstUndone < second.succeededAt) continue
      return {
        kind: "compensation",
        title: "compensations do not run in reverse",
        explain: () => [
          `${second.key} succeeded after ${first.key}, and its compensation ${second.by} came after ${first.by}.`
        ]
      }
    }
  }
  return undefined
}

/**
 * Which call undoes which is not known: a call of an undoing step is taken to undo the latest success that is not undone
 * yet. So loops, in which a step and its undoing come up many times, are in order if any order of theirs is.
 */
const undoneAtOf = (due: ReadonlyArray<Due>, begun: Begun): ReadonlyMap<Due, number> => {
  const undoneAt = new Map<Due, number>()
  for (const [by, calls] of begun) {
    const dues = due.filter((one) => one.by === by)
    for (const at of calls) {
      const undone = dues.findLast((one) => one.succeededAt < at && !undoneAt.has(one))
      if (undone !== undefined) undoneAt.set(undone, at)
    }
  }
  return undoneAt
}
