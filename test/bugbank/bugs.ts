import { actorBugs } from "./actorBugs.ts"
import type { Bug } from "./bug.ts"
import { callbackBugs } from "./callbackBugs.ts"
import { commitBugs } from "./commitBugs.ts"
import { decisionBugs } from "./decisionBugs.ts"
import { deletedRunsBugs } from "./deletionBugs.ts"
import { generationBugs } from "./generationBugs.ts"
import { limitBugs, moreLimitBugs } from "./limitBugs.ts"
import { manyBugs } from "./manyBugs.ts"
import { otherRunsBugs } from "./otherRunsBugs.ts"
import { outputBugs } from "./outputBugs.ts"
import { publishedBugs } from "./publishedBugs.ts"
import { repairBugs } from "./repairBugs.ts"
import { timetableBugs } from "./scheduleBugs.ts"
import { signalBugs } from "./signalBugs.ts"
import { startsAgainBugs } from "./startBugs.ts"
import { stepBugs } from "./stepBugs.ts"
import { survivorBugs } from "./survivorBugs.ts"
import { timeBugs } from "./timeBugs.ts"
import { transactionBugs } from "./transactionBugs.ts"
import { turnBugs } from "./turnBugs.ts"
import { workerBugs } from "./workerBugs.ts"

export const bugs: ReadonlyArray<Bug> = [
  ...commitBugs,
  ...turnBugs,
  ...actorBugs,
  ...timeBugs,
  ...signalBugs,
  ...workerBugs,
  ...otherRunsBugs,
  ...callbackBugs,
  ...publishedBugs,
  ...outputBugs,
  ...stepBugs,
  ...manyBugs,
  ...generationBugs,
  ...decisionBugs,
  ...transactionBugs,
  ...limitBugs,
  ...moreLimitBugs,
  ...startsAgainBugs,
  ...timetableBugs,
  ...repairBugs,
  ...deletedRunsBugs,
  ...survivorBugs
]

/** Breaks nothing: whoever catches it cries wolf. */
export const canary: Bug = {
  name: "canary",
  breaks: "none",
  file: "src/streams/turns/runs.ts",
  find: "while (mailbox.items.length > 0) {",
  replace: "while (mailbox.items.length >= 1) {"
}

/** Nobody can miss it: no run is ever turned. */
export const deadly: Bug = {
  name: "deadly canary",
  breaks: "L2",
  file: "src/streams/turns/turnRun.ts",
  find: "  const known = warm.get(runId)\n",
  replace: "  const known = warm.get(runId)\n  if (warm !== undefined) return yield* settleFinished(work)\n"
}
