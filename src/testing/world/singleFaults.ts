import { areApart } from "../draws/apart.ts"
import { type DecisionKind, few, kindOf, type Plan, planKey } from "../draws/decisions.ts"
import type { Sample } from "../draws/samples.ts"
import { lateChoices } from "./callbackAnswers.ts"
import { canMeet, type Recording } from "./schedule.ts"
import { isFlaky } from "./standIns.ts"

/** Each fault by itself, at each place that a calm run comes to: what a few random schedules might miss. */
export const singleFaults = ({ engine, setting }: Recording): ReadonlyArray<Plan> => {
  const plans: Array<Plan> = []
  const add = (kind: DecisionKind, place: string, choice = 1) => plans.push(single(kind, place, choice))
  for (let turn = 2; turn <= engine.turns; turn++) add("cancel", `before turn ${turn}`)
  for (const event of engine.events) {
    if (event.kind === "callbackAnswered") {
      const place = engine.placeOf(event.runId, `callback ${event.key}`)
      for (let choice = 1; choice <= lateChoices; choice++) add("late", place, choice)
      add("error", place)
    }
    if (event.kind !== "executed" || event.attempt > 1) continue
    const place = engine.placeOf(event.runId, event.command.key)
    add("crash", `${place}/1`)
    add("error", place)
    add("death", place)
    add("late", place, 5)
    if (!isFlaky(setting.standIns[event.command.name])) continue
    add("attempt", `${place}/1`)
    const attempts = setting.definitions.steps.get(event.command.name)?.retry.attempts ?? 1
    if (attempts <= mostAttempts) plans.push(allAttempts(place, attempts))
  }
  return plans
}

/** The same of what befalls the code of steps on its way. */
export const singleFaultsOnTheWay = ({ engine, setting }: Recording): ReadonlyArray<Plan> => {
  const halves: Array<Plan> = []
  const pauses: Array<Plan> = []
  for (const event of engine.events) {
    if (event.kind !== "executed" || event.attempt > 1 || event.awaits === undefined) continue
    const number = `${engine.placeOf(event.runId, event.command.key)}/1`
    const attempts = setting.definitions.steps.get(event.command.name)?.retry.attempts ?? 1
    if (attempts > 1) halves.push(single("unheard", number))
    for (const at of event.cuts?.slice(0, mostAwaits) ?? []) halves.push(single("halfway", number, at))
    if (event.beside !== true) continue
    for (let at = 1; at <= Math.min(event.awaits, mostAwaits) + 1; at++) pauses.push(single("pause", number, at))
  }
  return [...halves, ...pauses]
}

/** A run that has failed with a typed error, and each step that it asks for after that out of order as well: those that clean up. */
export const failedCleanUps = ({ engine, plan, setting }: Recording): ReadonlyArray<Plan> => {
  if (![...plan.keys()].some((key) => kindOf(key) === "error")) return []
  const failedAt = engine.events.findIndex((event) => event.kind === "executed" && event.outcome?.tag === "failed")
  const later = engine.events.slice(failedAt + 1)
  if (failedAt < 0) return []
  return later.flatMap((event) => {
    if (event.kind !== "asked") return []
    const { key, name } = event.command
    const place = engine.placeOf(event.runId, key)
    const attempts = setting.definitions.steps.get(name)?.retry.attempts ?? 1
    if (isFlaky(setting.standIns[name]))
      return attempts <= mostAttempts ? [new Map([...plan, ...allAttempts(place, attempts)])] : []
    return setting.standIns[name] === undefined ? [new Map([...plan, ...single("death", place)])] : []
  })
}

/** Two runs in one world, with nothing else that befalls them. */
export const companyFor = ({ setting }: Recording, input: Sample) => {
  const { inputs } = setting
  if (inputs === undefined || !canMeet(setting)) return []
  const numbers = Array.from({ length: few }, (_, index) => index + 1)
  const number = numbers.find((one) => areApart(input.value, inputs(one).value))
  return number === undefined ? [] : [{ plan: single("company", "in the same world", number), input }]
}

/** Of two runs in one world: the code of each is stopped for the other. */
export const pausesInCompany = (recording: Recording): ReadonlyArray<Plan> =>
  recording.company === undefined
    ? []
    : singleFaultsOnTheWay(recording).flatMap((fault) =>
        [...fault.keys()].every((key) => kindOf(key) === "pause") ? [new Map([...recording.plan, ...fault])] : []
      )

const single = (kind: DecisionKind, place: string, choice = 1): Plan => new Map([[planKey(kind, place), choice]])

/** Code that loops comes to the same ones again. */
const mostAwaits = 16

/** Of policies with more of them, which retry for ever as it were, one that fails is enough. */
const mostAttempts = 20

const allAttempts = (place: string, attempts: number): Plan =>
  new Map(Array.from({ length: attempts }, (_, index) => [planKey("attempt", `${place}/${index + 1}`), 1]))
