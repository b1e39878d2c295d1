import type { Feature } from "./feature.ts"
import { answers } from "./features/answers.ts"
import { callbacks } from "./features/callbacks.ts"
import { generations } from "./features/generations.ts"
import { many } from "./features/many.ts"
import { otherRuns } from "./features/otherRuns.ts"
import { output } from "./features/output.ts"
import { patches } from "./features/patches.ts"
import { publishes } from "./features/state.ts"
import { times } from "./features/times.ts"
import { takesUpdates } from "./features/update.ts"

/**
 * Those that schedules draw, a file each in `features/`. The order is part of what a seed means: append.
 *
 * Not among them is `features/steps.ts` (S26): in some of ten thousand schedules with doubled messages it is not settled yet whether its
 * checks or the code are right.
 */
export const features: ReadonlyArray<Feature> = [
  otherRuns,
  publishes,
  takesUpdates,
  answers,
  times,
  callbacks,
  output,
  many,
  patches,
  generations
]

export const featureOf = (name: string): Feature => {
  const found = features.find((feature) => feature.name === name)
  if (found === undefined) throw new Error(`no feature ${name}`)
  return found
}
