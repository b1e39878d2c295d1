import * as fc from "fast-check"

/** How often each property is tried: `DYNACTOR_PROPERTY_RUNS` is the number itself, for every property. */
export const runs = (usual: number): number => {
  const asked = Number(process.env.DYNACTOR_PROPERTY_RUNS)
  return Number.isInteger(asked) && asked > 0 ? asked : usual
}

/**
 * Tries a property and, if it fails, says with what: the seed that brings it back, and the shrunk case in the words of
 * `show`, for a tree printed as an object is not read by anyone.
 */
export const holds = <Case>(
  cases: fc.Arbitrary<Case>,
  usualRuns: number,
  show: (one: Case) => string,
  check: (one: Case) => void
): void => {
  const seed = process.env.DYNACTOR_PROPERTY_SEED
  const details = fc.check(fc.property(cases, check), {
    numRuns: runs(usualRuns),
    ...(seed === undefined ? {} : { seed: Number(seed) })
  })
  if (!details.failed) return
  const [smallest] = details.counterexample ?? []
  const error = details.errorInstance
  throw new Error(
    [
      `property failed after ${details.numRuns} runs and ${details.numShrinks} shrinks`,
      `again: DYNACTOR_PROPERTY_SEED=${details.seed} (path ${details.counterexamplePath})`,
      smallest === undefined ? "no counterexample" : show(smallest),
      error instanceof Error ? error.message : String(error)
    ].join("\n"),
    { cause: error }
  )
}
