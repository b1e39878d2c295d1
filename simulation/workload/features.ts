import type { Feature } from "./feature.ts"
import { answers } from "./features/answers.ts"
import { callbacks } from "./features/callbacks.ts"
import { generations } from "./features/generations.ts"
import { isLimited } from "./features/limits.ts"
import { many } from "./features/many.ts"
import { otherRuns } from "./features/otherRuns.ts"
import { output } from "./features/output.ts"
import { patches } from "./features/patches.ts"
import { publishes } from "./features/state.ts"
import { takesItsTime } from "./features/steps.ts"
import { tags } from "./features/tags.ts"
import { times } from "./features/times.ts"
import { writesTogether } from "./features/transactions.ts"
import { takesUpdates } from "./features/update.ts"
import { carries } from "./large/sizes.ts"

/** Those that schedules draw, a file each in `features/`. The order is part of what a seed means, and so is their number. */
export const drawnFeatures: ReadonlyArray<Feature> = [
  otherRuns,
  publishes,
  takesUpdates,
  answers,
  times,
  callbacks,
  output,
  many,
  patches,
  generations,
  takesItsTime,
  writesTogether,
  tags,
  isLimited
]

/** With those that are drawn by bits of their own, so that all else of a seed is what it was. */
export const features: ReadonlyArray<Feature> = [...drawnFeatures, carries]

export const featureOf = (name: string): Feature => {
  const found = features.find((feature) => feature.name === name)
  if (found === undefined) throw new Error(`no feature ${name}`)
  return found
}
