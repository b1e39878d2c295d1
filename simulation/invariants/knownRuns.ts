import { runIdOf } from "../../src/actor/history/generation.ts"

const known =
  /^(?:(run-\d+|fork-\d+|more-\d+|order-\d+|calm|poison|shared)(:|$)|dynactor\.limit\/|(schedule\/)?nightly(\/|$))/

/** S15: does anybody start runs of that id? */
export const isKnownRun = (address: string): boolean => known.test(runIdOf(address))
