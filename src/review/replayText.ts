import type { LiveReplay, ReplayGroup } from "./replayLive.ts"
import { patchText } from "./reviewText.ts"

/** A replay of what is under way, for a person. */
export const replayText = ({ fit, groups, patches, runs }: LiveReplay, what = "runs under way"): string =>
  [
    `${runs} ${runs === 1 ? oneOf(what) : what}; this code goes on with ${fit} of them.`,
    ...groups.flatMap(groupText),
    ...patches.map(patchText),
    "A patch that is not named here has been met by no run under way."
  ].join("\n")

const mostNamed = 10

const groupText = ({ advice, definitionVersion, message, reason, runIds, workflow }: ReplayGroup) => {
  const count = runIds.length === 1 ? "1 run" : `${runIds.length} runs`
  const more = runIds.length > mostNamed ? ` and ${runIds.length - mostNamed} more` : ""
  return [
    `  ${count} of ${workflow} (version ${definitionVersion}) would be parked (${reason}): ${message}`,
    `    ${runIds.slice(0, mostNamed).join(", ")}${more}`,
    `    ${advice}`
  ]
}

const oneOf = (what: string): string => what.replace(/^runs\b/, "run").replace(/^histories$/, "history")
