import { isDeepStrictEqual } from "node:util"
import { type DecisionKind, kindOf, type Plan, PlannedDecisions } from "../draws/decisions.ts"
import { outcomeText } from "../reports/story.ts"
import { list, shorten } from "../reports/text.ts"
import { drawsOfOthers } from "../surroundings/randomness.ts"
import type { WorldEvent } from "../world/events.ts"
import { type Recording, runSchedule, type Setting } from "../world/schedule.ts"
import { isCode } from "../world/standIns.ts"
import type { Judgement, Problem } from "./problem.ts"
import { show } from "./show.ts"

type Executed = Extract<WorldEvent, { kind: "executed" }>

/** How often a crash must make its difference to be taken for the reason: a fair coin does that once in 65,536 times. */
const timesTried = 8

/** What has a step executed more than once. */
const again: ReadonlySet<DecisionKind> = new Set(["crash", "halfway", "unheard"])

const withoutCrashes = (plan: Plan): Plan => new Map([...plan].filter(([key]) => !again.has(kindOf(key))))

/** Does it make a difference, to the run or to the world, that a worker died between a step's execution and its outcome's row? */
export const doubleEffectProblem = async (
  recording: Recording,
  { effectsOf }: Judgement
): Promise<Problem | undefined> => {
  const { setting, engine, plan, values, world } = recording
  if (effectsOf === undefined) return undefined
  const lost = engine.events.filter(
    (event) => event.kind === "executed" && event.lost && isCode(setting.standIns[event.command.name])
  ) as ReadonlyArray<Executed>
  // Where steps ran by turns as well, they may get in each other's way without that.
  if (lost.length === 0 || [...plan.keys()].some((key) => kindOf(key) === "pause")) return undefined
  const effects = effectsOf(world)
  refuseOpaque(effects)
  const again = (under: Plan, change: Partial<Setting> = {}) =>
    runSchedule(
      { ...setting, watch: () => {}, ...change },
      recording.input,
      new PlannedDecisions(under, values),
      recording.circumstances
    )
  const undisturbed = () => again(withoutCrashes(plan))
  const drawnBefore = drawsOfOthers()
  const without = await undisturbed()
  const makesADifference = (disturbed: Recording, calm: Recording) => isOtherEnd(disturbed, calm, lost)
  // Code that draws random numbers gets others the second time, which says nothing about running twice. `Math.random` is seen; other
  // sources (a counter in a module, the system's entropy) show when the same is tried a few times.
  const isEachTime = async () => {
    for (let time = 0; time < timesTried && drawsOfOthers() === drawnBefore; time++) {
      if (!makesADifference(await again(plan, { isLuckRepeated: true }), await undisturbed())) return false
    }
    return drawsOfOthers() === drawnBefore
  }
  if (makesADifference(recording, without) && (await isEachTime())) return otherEnd(recording, without, lost)
  const expected = effectsOf(without.world)
  if (isDeepStrictEqual(effects, expected)) return undefined
  if (!isDeepStrictEqual(effectsOf((await undisturbed()).world), expected)) {
    throw new TypeError(
      "the same schedule leaves another world each time, so nothing can be said about steps that run twice: " +
        "give the option effects, a function that takes of the world what counts"
    )
  }
  return {
    kind: "doubleEffect",
    title: titleOf(lost),
    explain: () => [
      ...crashLines(lost),
      `The world without that:  ${shorten(show(expected), 300)}`,
      `The world with it:       ${shorten(show(effects), 300)}`,
      ...adviceOn(lost)
    ]
  }
}

const placesOf = (events: ReadonlyArray<Executed>): string =>
  list([...new Set(events.map(({ command }) => command.key))])

const titleOf = (lost: ReadonlyArray<Executed>): string => {
  if (lost.every(({ diedAt }) => diedAt !== undefined)) return "a step that dies half-way is not safe to run again"
  if (lost.every(({ unheard }) => unheard !== undefined)) return "a step takes effect once more with its next attempt"
  return "a step is not safe to run twice"
}

const crashLines = (lost: ReadonlyArray<Executed>): ReadonlyArray<string> => {
  const unheard = lost.filter((event) => event.unheard !== undefined)
  const through = lost.filter((event) => event.diedAt === undefined && event.unheard === undefined)
  return [
    ...(through.length === 0
      ? []
      : [
          `The worker died after ${placesOf(through)} was executed and before its outcome was written, so it was executed again.`
        ]),
    ...lost.flatMap(({ command, diedAt }) =>
      diedAt === undefined
        ? []
        : [
            `The worker died half-way through ${command.key}, at an await of its code${diedAt}, so it was executed again.`
          ]
    ),
    ...(unheard.length === 0
      ? []
      : [
          `${placesOf(unheard)} had taken effect when its answer was lost (a time-out, a broken connection), so the attempt counted as failed, and another was made.`
        ])
  ]
}

const adviceOn = (lost: ReadonlyArray<Executed>): ReadonlyArray<string> => {
  if (lost.some(({ unheard }) => unheard?.readsAttempt === true))
    return [
      "Its code asks for context.attempt: a key that holds it is another one with each attempt. context.idempotencyKey is the same in all",
      "of them: hand that on as it is."
    ]
  if (lost.some(({ unheard }) => unheard !== undefined))
    return [
      "All attempts have the same context.idempotencyKey: a step that hands it on, or looks it up first, takes effect once."
    ]
  if (lost.some(({ diedAt }) => diedAt !== undefined))
    return [
      "What stands before that await is done again, or what stands behind it is left out: mark it as done in the same write (or transaction)",
      "in which it is done, or hand context.idempotencyKey on with each effect, so that the other side knows it again."
    ]
  return [
    "Both executions had the same context.idempotencyKey: a step that hands it on, or looks it up first, takes effect once."
  ]
}

/** What a step came to in the end. */
const lastOutcome = ({ engine }: Recording, { runId, command }: Executed) =>
  engine.events.findLast(
    (event): event is Executed =>
      event.kind === "executed" && !event.lost && event.runId === runId && event.command.key === command.key
  )?.outcome

/** The first step that was executed twice, and came to something else by it. */
const turned = (disturbed: Recording, calm: Recording, lost: ReadonlyArray<Executed>): Executed | undefined =>
  lost.find((event) => {
    const [is, was] = [lastOutcome(disturbed, event), lastOutcome(calm, event)]
    return is !== undefined && was !== undefined && is.tag !== was.tag
  })

/**
 * A run that ends in another way. What it ends with may be another (an id made up by the step) as long as the steps come to the same;
 * and a step may come to something else (that it is done already) as long as the run makes nothing of it.
 */
const isOtherEnd = (disturbed: Recording, calm: Recording, lost: ReadonlyArray<Executed>): boolean => {
  const isCutOff = ({ engine, setting }: Recording) => engine.turns >= setting.maxTurns
  if (isCutOff(disturbed) || isCutOff(calm)) return false
  const [is, was] = [disturbed, calm].map(({ engine, runId }) => engine.newest(runId).outcome)
  if (is?.tag !== was?.tag) return true
  return is?.tag !== "died" && !isDeepStrictEqual(is, was) && turned(disturbed, calm, lost) !== undefined
}

const otherEnd = (disturbed: Recording, calm: Recording, lost: ReadonlyArray<Executed>): Problem => ({
  kind: "doubleEffect",
  title: titleOf(lost),
  explain: () => {
    const end = ({ engine, runId }: Recording) => {
      const outcome = engine.newest(runId).outcome
      return outcome === undefined ? "does not end" : outcomeText(outcome)
    }
    const step = turned(disturbed, calm, lost)
    const answers = (recording: Recording, event: Executed) => {
      const outcome = lastOutcome(recording, event)
      return outcome === undefined ? "has no outcome" : outcomeText(outcome)
    }
    return [
      ...crashLines(lost),
      ...(step === undefined
        ? []
        : [
            `Executed once, ${step.command.key} ${answers(calm, step)}; executed again, it ${answers(disturbed, step)}.`
          ]),
      `The run without that:  ${end(calm)}`,
      `The run with it:       ${end(disturbed)}`,
      "A step that finds its effect there already, under the same context.idempotencyKey, has succeeded."
    ]
  }
})

const refuseOpaque = (effects: unknown): void => {
  const found = opaqueIn(effects, "", new Set())
  if (found === undefined) return
  const { place, name } = found
  throw new TypeError(
    `of the world${place === "" ? "" : `, at ${place}`}, a ${name}, nothing can be compared: it keeps all to itself. ` +
      "Give the option effects, a function that takes of the world what counts"
  )
}

const opaqueIn = (
  value: unknown,
  place: string,
  seen: Set<unknown>
): { readonly place: string; readonly name: string } | undefined => {
  // Bytes have a property for each of them.
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value) || seen.has(value)) return undefined
  seen.add(value)
  // Further down, an object that has nothing to keep (a logger) is no reason to refuse.
  if (isOpaque(value) && (place === "" || keepsSecrets(value))) return { place, name: value.constructor.name }
  const inside = (member: unknown, name: string) => opaqueIn(member, place === "" ? name : `${place}.${name}`, seen)
  if (value instanceof Map || value instanceof Set) {
    for (const [key, member] of value.entries()) {
      const found = inside(member, String(typeof key === "object" ? "(an object)" : key))
      if (found !== undefined) return found
    }
  }
  for (const [name, { value: member }] of Object.entries(Object.getOwnPropertyDescriptors(value))) {
    const found = inside(member, name)
    if (found !== undefined) return found
  }
  return undefined
}

/** Of a class, and with nothing to be seen from outside: private fields, or closures on its prototype. */
const isOpaque = (value: object): boolean => {
  if (Reflect.ownKeys(value).length > 0) return false
  const kind = Object.prototype.toString.call(value)
  return kind === "[object Object]" && ![Object.prototype, null].includes(Object.getPrototypeOf(value))
}

/** By the text of its classes: private names, or what compilers make of them. */
const keepsSecrets = (value: object): boolean => {
  for (let made = Object.getPrototypeOf(value); made !== null; made = Object.getPrototypeOf(made)) {
    if (made === Object.prototype) return false
    if (/#[\w$]|__private|__classPrivate/.test(String(made.constructor))) return true
  }
  return false
}
