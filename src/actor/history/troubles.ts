import { mostTroubles, mostTroubleText, type StepTrouble } from "./head.ts"
import { type FailedTry, mostTries, type StepMessage } from "./message.ts"

// What is kept of attempts that failed: with the step's messages, its outcome, and the head of its run.

/** With one more, of which the message of the next attempt tells. */
export const withTry = (tries: ReadonlyArray<FailedTry> = [], one: FailedTry): ReadonlyArray<FailedTry> =>
  [...tries, { ...one, error: cut(one.error) }].slice(-mostTries)

/** A pure fold of the history. */
export const withTrouble = (
  troubles: ReadonlyArray<StepTrouble>,
  { attempts, key, tries = [] }: StepMessage
): ReadonlyArray<StepTrouble> => {
  const last = tries.at(-1)
  if (last === undefined) return troubles
  return [...troubles, { key, attempts, lastError: cut(last.error), at: last.at }].slice(-mostTroubles)
}

const cut = (text: string): string =>
  text.length <= mostTroubleText ? text : `${text.slice(0, mostTroubleText - 4).toWellFormed()} ...`
