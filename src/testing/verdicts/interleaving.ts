import { isDeepStrictEqual } from "node:util"
import { placeOfAddress } from "../../actor/history/generation.ts"
import { kindOf, type Plan, PlannedDecisions } from "../draws/decisions.ts"
import { leavesOf } from "../draws/leaves.ts"
import { list, shorten } from "../reports/text.ts"
import { drawsOfOthers } from "../surroundings/randomness.ts"
import type { WorldEvent } from "../world/events.ts"
import { type Recording, rootRunId, runSchedule } from "../world/schedule.ts"
import type { Judgement, Problem } from "./problem.ts"
import { show } from "./show.ts"

type Paused = Extract<WorldEvent, { kind: "paused" }>

/** Of more of them there are too many orders. */
const mostPauses = 3

/** Does it make a difference that steps ran by turns, and not one after the other, in whatever order? */
export const interleavingProblem = async (
  recording: Recording,
  { effectsOf }: Judgement
): Promise<Problem | undefined> => {
  const pauses = [...recording.plan.keys()].filter((key) => kindOf(key) === "pause")
  const paused = recording.engine.events.filter((event): event is Paused => event.kind === "paused")
  if (effectsOf === undefined || paused.length === 0 || pauses.length > mostPauses) return undefined
  const { circumstances, input, plan, setting, values } = recording
  const drawnBefore = drawsOfOthers()
  const again = (under: Plan) =>
    runSchedule({ ...setting, watch: () => {} }, input, new PlannedDecisions(under, values), circumstances)
  const seen = (one: Recording) => ({ world: leavesOf(effectsOf(one.world)), ends: endsOf(one) })
  const inTurns = seen(recording)
  const orders: Array<Recording> = []
  for (const order of ordersOf(plan, pauses)) {
    const serial = await again(order)
    if (isDeepStrictEqual(seen(serial), inTurns)) return undefined
    orders.push(serial)
  }
  // Worlds that are another each time, and steps that draw, say nothing about who ran when.
  if (!isDeepStrictEqual(seen(await again(plan)), inTurns)) return undefined
  for (const [index, order] of ordersOf(plan, pauses).entries())
    if (!isDeepStrictEqual(seen(await again(order)), seen(orders[index] as Recording))) return undefined
  if (drawsOfOthers() !== drawnBefore) return undefined
  return {
    kind: "interleaving",
    title: "steps that run at the same time get in each other's way",
    explain: () => [
      ...paused.map((event) => waitLine(recording, event)),
      `One after the other, they leave this world:  ${shorten(show(effectsOf((orders[0] as Recording).world)), 300)}`,
      `At the same time, this one:                  ${shorten(show(effectsOf(recording.world)), 300)}`,
      ...outcomeLines(recording, orders[0] as Recording),
      "What a step has read may be old after its next await. Have it checked where it is written (a conditional write, a transaction, an",
      "increment that the store itself makes), or have the steps run one after the other, if they are of one run."
    ]
  }
}

/** Each that was stopped on its way runs through at once, or when the others have had their turn. */
const ordersOf = (plan: Plan, pauses: ReadonlyArray<string>): ReadonlyArray<Plan> => {
  let orders: ReadonlyArray<Plan> = [plan]
  for (const key of pauses)
    orders = orders.flatMap((order) => [
      new Map([...order].filter(([other]) => other !== key)),
      new Map([...order, [key, 1]])
    ])
  return orders
}

/** How runs and their steps ended, whatever they answered. */
const endsOf = ({ engine }: Recording): ReadonlyArray<string> => {
  const steps = engine.events.flatMap((event) =>
    event.kind === "executed" && !event.lost ? [`${event.command.name} ${event.outcome?.tag}`] : []
  )
  const runs = [...engine.runs.values()].map(({ runId, outcome }) => `${runId} ${outcome?.tag}`)
  return [...steps.sort(), ...runs.sort()]
}

const nameOf = ({ runId, command }: Pick<Paused, "runId" | "command">): string =>
  runId === rootRunId ? command.key : `${command.key} of run ${placeOfAddress(runId)}`

const waitLine = ({ engine: { events } }: Recording, event: Paused): string => {
  const from = events.indexOf(event)
  const to = events.findIndex(
    (one, index) =>
      index > from && one.kind === "executed" && one.runId === event.runId && one.command === event.command
  )
  const others = events
    .slice(from, to)
    .flatMap((one) => (one.kind === "executed" || one.kind === "paused" ? [nameOf(one)] : []))
  const meanwhile = [...new Set(others)].filter((name) => name !== nameOf(event))
  return `While ${nameOf(event)} waited at an await of its code${event.place}, there ran: ${list(meanwhile)}.`
}

const outcomeLines = (inTurns: Recording, serial: Recording): ReadonlyArray<string> => {
  const [is, was] = [endsOf(inTurns), endsOf(serial)]
  if (isDeepStrictEqual(is, was)) return []
  const others = is.filter((end) => !was.includes(end))
  return others.length === 0 ? [] : [`And otherwise than one after the other: ${list([...new Set(others)])}.`]
}
