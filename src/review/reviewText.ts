import type { PatchReview, RunsReview } from "./reviewRuns.ts"

/** A review for a person. */
export const reviewText = ({ fit, patches, runs, unfit }: RunsReview): string =>
  [
    `${runs} runs under way; this code goes on with ${fit} of them.`,
    ...unfit
      .slice(0, most)
      .map(
        ({ message, reason, runId, workflow }) =>
          `  run ${runId} of ${workflow} would be parked (${reason}): ${message}`
      ),
    ...(unfit.length > most ? [`  and ${unfit.length - most} more`] : []),
    ...patches.map(patchText),
    "A patch that is not named here has been met by no run under way."
  ].join("\n")

const most = 20

export const patchText = ({ new: taken, old, patch, workflow }: PatchReview): string => {
  const what = `patch ${patch} of ${workflow}: `
  if (old.length === 0)
    return `${what}no run goes the old way, ${taken} went the new one. Deprecate it now; where deprecatePatch is already everywhere, remove it.`
  const named = old.slice(0, 5).join(", ")
  return `${what}${old.length} go the old way (${named}${old.length > 5 ? ", ..." : ""}), ${taken} went the new one. Keep patched("${patch}") and both ways.`
}

/**
 * Is it safe to leave the old way of this patch out? Not while a run goes it, nor while there is a run of which nobody can say which way
 * it goes.
 */
export const isOutlived = ({ patches, unfit }: RunsReview, patch: string): boolean =>
  unfit.length === 0 && patches.every((one) => one.patch !== patch || one.old.length === 0)
