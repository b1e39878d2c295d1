import { syncBuiltinESMExports } from "node:module"
import { startClock, watchClock } from "./clock.ts"
import { startHashes, watchHashes } from "./hashes.ts"
import { startLocale } from "./locale.ts"
import { watchMachine } from "./machine.ts"
import { startRandomness, watchRandomness } from "./randomness.ts"
import { type Surroundings, surroundedBy } from "./surroundings.ts"
import { startVariables, watchVariables } from "./variables.ts"

/**
 * What a run may not depend on, under the harness's control. The core answers for `Date` and `Math.random` during a slice, but not for
 * functions that a module took hold of before (`const now = Date.now`). So they are wrapped here when this module is loaded:
 * whatever takes hold of them afterwards has a wrapper, which does what it always did, except while the harness replays a run.
 *
 * `dynactor/testing` has to be loaded before the module of the workflow.
 */
const install = (): void => {
  watchClock()
  watchRandomness()
  watchVariables()
  watchMachine()
  watchHashes()
  // For who imports `env`, `hostname` or `randomUUID` by name.
  syncBuiltinESMExports()
}

install()

/** Synchronous: nobody else ever sees these surroundings. */
export const within = <A>(surroundings: Surroundings, body: () => A): A => {
  startClock()
  startRandomness()
  startHashes()
  const putBack = [startVariables(surroundings), startLocale(surroundings)]
  try {
    return surroundedBy(surroundings, body)
  } finally {
    for (const back of putBack) back()
  }
}
