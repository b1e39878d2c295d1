import { showPlan } from "./plan.ts"
import type { Finding } from "./search.ts"
import { startTime, type TraceLine } from "./world/world.ts"

/** What a schedule came to, to be read from top to bottom. */
export const tell = ({ plan, result, seed, path, onWire }: Finding): string =>
  [
    showPlan(plan),
    "",
    ...result.trace.map(line),
    "",
    result.violation === undefined ? "nothing is wrong" : `WRONG  ${result.violation.message}`,
    `again: npm run simulate -- ${onWire ? "--wire " : ""}--repeat ${seed}:${path}`
  ].join("\n")

const line = ({ at, who, what }: TraceLine): string =>
  `${`+${((at - startTime) / 1_000).toFixed(3)}`.padStart(11)}  ${who.padEnd(9)}  ${what.split("\n")[0]}`
