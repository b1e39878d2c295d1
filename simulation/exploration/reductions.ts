import type { Moment } from "./moments.ts"
import type { Choice, HostState, State } from "./state.ts"

// What is not tried, because it comes to the same as something that is. A test compares the ends of small worlds that are
// explored with these rules and without.

/**
 * Something that may be taken first, and alone: whatever else happens meanwhile, it comes to the same before and after. What it
 * adds (a message, an object) is no less there later, nobody but its own host waits for it, and a death that would have
 * prevented it is tried where its host did something the last time.
 *
 * An answer is such a thing as well: it is taken with its request. That a host is told of one thing and not yet of another makes a
 * difference only to itself, and it does nothing that others see but by another request.
 */
export const whatMayAsWellBeFirst = ({ hosts, redeliveries, deadLetters }: State): Choice | undefined => {
  const mayComeAgain = redeliveries + deadLetters > 0
  for (const [host, { moment, answers }] of hosts.entries()) {
    for (const { id, point } of moment.requests) {
      if (isAnswered(answers, id)) continue
      // To find at the second look what was not there at the first is to have looked later the first time.
      const isLookAgain = moment.entry?.do === "wake" && point === "RunTable.readHead"
      if (isAddition(point) || isLookAgain || (!mayComeAgain && isOfHeldLetter(point))) {
        return { do: "effect", host, request: id }
      }
    }
    if (isAsleep(moment)) return { do: "wake", host }
  }
  return undefined
}

/** Whoever has just done something that others can see, or was handed something: between two such moments a death is the same at any time. */
export const hostsWorthADeath = (choice: Choice): ReadonlyArray<number> =>
  choice.do === "effect" || choice.do === "ring" || choice.do === "deliver" || choice.do === "dead" ? [choice.host] : []

export const isAnswered = (answers: HostState["answers"], id: number): boolean =>
  answers.some(({ request }) => request === id)

/** With nothing else under way: sleeps are long beside calls. */
export const isAsleep = ({ hasSleeps, requests }: Moment): boolean => hasSleeps && requests.length === 0

const isAddition = (point: string): boolean =>
  point === "StepQueue.send" || point === "Payloads.put" || point.startsWith("step ")

const isOfHeldLetter = (point: string): boolean =>
  point === "StepQueue.complete" || point === "StepQueue.replace" || point === "StepQueue.release"
