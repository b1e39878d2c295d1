import { syncBuiltinESMExports } from "node:module"
import { hostNow, startClock, watchClock } from "./clock.ts"
import { startHashes, watchHashes } from "./hashes.ts"
import { startLocale } from "./locale.ts"
import { watchMachine } from "./machine.ts"
import { callerOf } from "./place.ts"
import { startRandomness, watchRandomness } from "./randomness.ts"
import { type Factor, loadedUnder, type Surroundings, surroundedBy } from "./surroundings.ts"
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

/**
 * What `load` answers with, while clock, randomness, environment variables and machine are other ones, and what the user's code asked
 * for meanwhile.
 */
export const loadedAnew = async <A>(
  load: () => PromiseLike<A>,
  how: Pick<Surroundings, "round" | "luck">
): Promise<{ readonly loaded: A; readonly looks: ReadonlyArray<string> }> => {
  startClock()
  startRandomness()
  const looks = new Set<string>()
  const onLook = (what: string) => {
    const place = callerOf()
    if (place !== "") looks.add(`${what}${place}`)
  }
  const changed = new Set<Factor>(["clock", "random", "environment", "machine"])
  const loaded = await loadedUnder({ now: hostNow, changed, ...how, onLook }, load)
  return { loaded, looks: [...looks] }
}

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
