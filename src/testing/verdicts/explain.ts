import { payloadText, shorten } from "../reports/text.ts"
import { callerOf } from "../surroundings/place.ts"
import { allFactors, type Factor } from "../surroundings/surroundings.ts"
import type { Recording } from "../world/schedule.ts"
import { inputOfToday, stepWithOtherInput } from "./otherInput.ts"
import type { Reloaded } from "./problem.ts"
import { anyDivergence, type Divergence, type ReplayConditions, reloadedDivergence } from "./replayChecks.ts"

const words: Readonly<Record<Factor, string>> = {
  clock: "the wall clock shows another time",
  random: "randomness gives other numbers",
  environment: "environment variables have other values",
  locale: "the locale is another",
  timeZone: "the time zone is another",
  machine: "the process is another, or the machine that it runs on",
  hashes:
    "functions have other hashes, as they do in each process: a HashMap or HashSet has them in another order, and who is the first to ask draws from Math.random"
}

/** Tries what it takes to make the replay differ: one change at a time, and none. */
export const explainDivergence = (
  recording: Recording,
  divergence: Divergence,
  another: Recording | undefined,
  reloaded: ReadonlyArray<Reloaded>
): ReadonlyArray<string> => {
  const { runId, afterTurn, difference } = divergence
  const run = recording.engine.run(runId)
  const differs = (conditions: ReplayConditions): boolean => anyDivergence(run, conditions) !== undefined
  const told = [
    `Rebuilt after turn ${afterTurn + 1}, the run goes another way: ${difference}.`,
    // As `findDivergence` did: what is different may come of either.
    ...inputLines(recording, divergence, () => {
      differs({ changed: new Set(), between: another })
      differs({ changed: new Set(allFactors), between: undefined })
      reloadedDivergence(recording, reloaded)
    })
  ]
  if (differs({ changed: new Set(), between: undefined })) return [...told, ...selfMade]
  const culprits = allFactors.filter((factor) => differs({ changed: new Set([factor]), between: undefined }))
  if (culprits.length > 0) return [...told, ...culprits.flatMap((factor) => culpritLines(factor, differs))]
  if (another !== undefined && differs({ changed: new Set(), between: another }))
    return [
      ...told,
      "It differs when another run of the workflow goes on in between: they share state (a variable of a module, or a Semaphore, Queue, Deferred, PubSub or cache in one)."
    ]
  const inAnother = reloaded.find((one) => reloadedDivergence(recording, [one]) !== undefined)
  if (inAnother !== undefined) return [...told, ...loadLines(inAnother)]
  return [
    ...told,
    "It takes several changes at once: clock, randomness, environment variables, locale, time zone, machine or hashes."
  ]
}

/** Both inputs, where all that is known of them is their fingerprints. */
const inputLines = (
  { engine, setting: { definitions } }: Recording,
  { runId, difference }: Divergence,
  again: () => void
): ReadonlyArray<string> => {
  const key = stepWithOtherInput(difference)
  if (key === undefined) return []
  const now = inputOfToday(definitions, difference, again)
  const asked = engine.events.find(
    (event) => event.kind === "asked" && event.runId === runId && event.command.key === key
  )
  const recorded = asked?.kind === "asked" ? payloadText(asked.command.input) : undefined
  const line = (when: string, json: string | undefined) =>
    json === undefined ? [] : [`  ${when} ${shorten(json, 300)}`]
  return [...line("recorded:", recorded), ...line("now:     ", now)]
}

const loadLines = ({ looks }: Reloaded): ReadonlyArray<string> => [
  "It is enough that the module is loaded again, as each process does: something is computed while it is loaded, and once more in the other process.",
  ...looks.slice(0, 10).map((look) => `  while it was loaded, the code asked for ${look}`)
]

const selfMade = [
  "It differs with nothing changed at all: the code depends on something that is not in the history, such as a variable of a",
  "module that an earlier run has changed (a Semaphore, Queue or cache, too), or a function that was taken hold of before dynactor/testing was imported."
]

const culpritLines = (factor: Factor, differs: (conditions: ReplayConditions) => boolean): ReadonlyArray<string> => {
  const looks = new Set<string>()
  const onLook = (what: string, looked: Factor) => {
    if (looked === factor) looks.add(`${what}${callerOf()}`)
  }
  differs({ changed: new Set([factor]), between: undefined, onLook })
  return [`It is enough that ${words[factor]}.`, ...[...looks].slice(0, 5).map((look) => `  the code asks for ${look}`)]
}
