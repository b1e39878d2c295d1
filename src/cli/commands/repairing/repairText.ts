import type { Repair } from "../../../client/repair/repairOptions.ts"
import type { Style } from "../../framework/style.ts"
import { fieldLines } from "../../framework/textTable.ts"

/** What would be done, for people. */
export const planText = ({ again, asked, at, dropped, taken }: Repair, style: Style): string =>
  fieldLines([
    [style.dim("keeps"), at === 1 ? "message 0" : `messages 0 to ${at - 1}`],
    [style.dim("and of later ones"), listed(taken)],
    [style.dim("drops"), listed(dropped) ?? "nothing"],
    [style.dim("asks anew for"), listed(asked) ?? "nothing"],
    [style.dim("takes effect again"), listed(again)]
  ])

/** What was done. */
export const doneText = ({ at, dropped, generation, how, isNew, runId }: Repair, of: string): string => {
  const where =
    how === "fork"
      ? `${runId} has the messages before ${at} of ${of}`
      : `generation ${generation} goes on from message ${at}`
  if (!isNew) return `${where}: it was asked for before`
  return how === "fork" || dropped.length === 0 ? where : `${where}; dropped: ${listed(dropped)}`
}

/** Before a reset, which nothing compensates. */
export const resetQuestion = ({ at, dropped, runId }: Repair): string =>
  dropped.length === 0
    ? `Let ${runId} go on from message ${at}? Nothing of it is dropped.`
    : `Let ${runId} go on from message ${at}? Dropped without compensation: ${listed(dropped)}. That cannot be undone.`

/** Before a reset of many. What of each is dropped, `--dry-run` says. */
export const resetManyQuestion = (count: string, at: number | string): string =>
  `Let ${count} go on from message ${at}? What came behind it is dropped without compensation, and that cannot be undone; --dry-run tells of each.`

const listed = (keys: ReadonlyArray<string>): string | undefined => {
  if (keys.length === 0) return undefined
  const more = keys.length > mostListed ? ` and ${keys.length - mostListed} more` : ""
  return `${keys.slice(0, mostListed).join(", ")}${more}`
}

const mostListed = 20
