/** Before a deployment: do the runs under way fit today's code, and which patches has it outlived. */

export {
  type LiveReplay,
  type ReplayCause,
  type ReplayedRun,
  type ReplayGroup,
  type ReplayLiveOptions,
  type ReplayPlan,
  replayHistories,
  replayLive
} from "./review/replayLive.ts"
export { type PatchReview, type RunsReview, reviewRuns, type UnfitRun } from "./review/reviewRuns.ts"
export { isOutlived, reviewText } from "./review/reviewText.ts"
