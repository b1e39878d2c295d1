import type { Moment } from "./moments.ts"
import type { Choice, HostState, State } from "./state.ts"

// Rules for leaving out courses of events that come to the same as others that are tried. A test compares the ends of small worlds that
// are explored with these rules and without them.

/**
 * A choice that may be taken first, and alone, because it comes to the same before and after whatever else may happen. What it adds
 * (a message, an object) does no harm by being there early, nobody but its own host waits for it, and a death of the host before
 * it is already tried at the last thing that the host did.
 *
 * Answers are such choices as well: each is taken together with its request. When a host hears an answer makes a difference to itself
 * only, and others see nothing of it before its next request.
 */
export const whatMayAsWellBeFirst = ({ hosts, redeliveries, deadLetters }: State): Choice | undefined => {
  const mayComeAgain = redeliveries + deadLetters > 0
  for (const [host, { moment, answers }] of hosts.entries()) {
    for (const { id, point } of moment.requests) {
      if (isAnswered(answers, id)) continue
      // A wait of which the second look finds more than the first comes to the same as a first look that was made later.
      const isLookAgain = moment.entry?.do === "wake" && point === "RunTable.readHead"
      if (isAddition(point) || isLookAgain || (!mayComeAgain && isOfHeldLetter(point))) {
        return { do: "effect", host, request: id }
      }
    }
    if (isAsleep(moment)) return { do: "wake", host }
  }
  return undefined
}

/**
 * A death is tried only after a host has done something that others can see, or was handed something: in between it makes no
 * difference when it dies.
 */
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
