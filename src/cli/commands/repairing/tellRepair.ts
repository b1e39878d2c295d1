import * as Effect from "effect/Effect"
import type { Repair } from "../../../client/repair/repairOptions.ts"
import { printNote, printResult } from "../../framework/output.ts"
import type { Plan } from "../many/forEachRun.ts"
import { doneText, planText } from "./repairText.ts"

/** What was done to a single run, or would be. */
export const tellRepair = Effect.fnUntraced(function* (repair: Repair, of: string, dryRun: boolean) {
  yield* printResult(repair, (style) => (dryRun ? planText(repair, style) : repair.runId))
  yield* printNote((style) => style.dim(dryRun ? "nothing was done (--dry-run)" : doneText(repair, of)))
})

/** What would be done to one of many. */
export const repairPlan = (repair: Repair): Plan => ({ plan: repair, text: (style) => planText(repair, style) })
