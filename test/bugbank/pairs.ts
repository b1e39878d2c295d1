import type { Pair } from "./bug.ts"

/**
 * Two mistakes of which one may hide the other: what the second breaks is not met because of the first, what the first breaks is made good by
 * the second, or both are needed for anything to go wrong at all.
 */
export const pairs: ReadonlyArray<Pair> = [
  // Without a check of versions there are no conflicts to be handled wrongly.
  ["the table does not check the version", "a warm actor is kept after a conflict"],
  ["a lost race is committed over the winner", "a conflict counts as settled"],
  ["two turns of one run at a time", "a warm actor is kept after a conflict"],
  ["a turn is not taken again after a lost race", "a warm actor is kept after a conflict"],
  ["a lost answer is taken for a commit that stands", "a warm actor is kept after a failure"],
  ["a row that is there with other content is taken for the one in hand", "the second outcome of a key wins"],
  ["a step that was answered is run again", "the second outcome of a key wins"],
  // A doorbell that comes again makes good what was missed the first time.
  ["doorbells are never acknowledged", "a doorbell is spent without a commit"],
  ["doorbells are never acknowledged", "a conflict counts as settled"],
  ["doorbells are acknowledged before the turn", "the sweeper overlooks unread rows"],
  ["of a batch each run hears its last doorbell", "a warm actor sees only the first row that rang"],
  ["of doorbells that come together only the first counts", "the sweeper skips running runs"],
  ["what arrives during a turn is dropped", "a run is looked at once and never again"],
  ["a wake-up wakes nobody", "a timer that is there early is not waited for"],
  // A fence that is lost, and somebody who does not mind.
  ["a new head begins without fences", "a message that no fence covers is valid"],
  ["no fence is kept for open commands", "a message that no fence covers is valid"],
  ["a commit with messages drops all older fences", "any token is as good as that of the fence"],
  ["a commit without messages drops all fences", "a message that no fence covers is valid"],
  ["a fence ends one short of its commit", "a message that no fence covers is valid"],
  ["a park drops the fences", "a message that no fence covers is valid"],
  ["a token is used again", "any token is as good as that of the fence"],
  ["messages are sent after the commit", "a message ahead of its commit is stale"],
  ["messages are sent after the commit", "a message ahead of its commit is thrown away"],
  ["messages that the queue refuses are forgotten", "no fence is asked"],
  // Notices: one who does not tell, and one who does not look whether all were told.
  ["a parent is not told", "a turn does not make sure of notices"],
  ["the head forgets that it has told other runs", "the notice of a run that has ended is not put again"],
  ["a cancel is not put again with the start", "cancels overtake the starts that they are for"],
  ["children are not cancelled with their parent", "a parent does not wait for a child that it has cancelled"],
  ["whoever has the id of a child is cancelled with the parent", "children of all runs share their ids"],
  ["notices go out before the commit", "a start of another workflow or input is as good"],
  // Two that agree with each other.
  ["signals are received the last one first", "rows are adopted the latest first"],
  ["a dropped command keeps no record", "commands that were dropped are not on record"],
  ["a parked run forgets what it waits for", "replay does not compare open commands"],
  ["replay misses commands that history does not have", "replay misses commands with another input"],
  ["a run that has died is on record as a success", "a parent is told that its child was cancelled when it has died"],
  ["the head tells the time of its writer", "workflow code sees the clock of its host"],
  ["a timer acts when its row is there", "a timer brings the time of its row"],
  ["any timer of a key answers for it", "a timer counts as lost before its time"],
  ["a run begins with whatever comes first", "a start comes after what was there before it"],
  ["rows are adopted after the end", "steps of a run that has ended are run"],
  ["what is set aside is not marked", "what was set aside brings no time to a replay"],
  ["an outcome for another input is accepted", "an inline outcome for another input is accepted"],
  ["compensations run side by side", "a cancelled run is not compensated"],
  ["an inline outcome is adopted before it is durable", "the second inline outcome wins"],
  // Steps.
  ["a retry is not counted", "an attempt too many"],
  ["a retry does not wait", "what came too early is not waited for"],
  ["a dead letter is acknowledged without an outcome", "dead letters are left alone"],
  ["a stale message is acted on", "a dead letter is answered whether or not its commit stands"],
  ["messages in hand are never let go of", "long steps are not hidden for longer"],
  ["messages are completed before the rows are durable", "after its execution a step gives up when the store is away"],
  // What is stored, and what clients are told.
  ["a row refers to an object that is still under way", "the hash of an object is not checked"],
  ["a key is lost between segment and tail", "rows are adopted in the order of their keys"],
  ["a start with another input counts as the same", "a start of another workflow or input is as good"],
  ["each asking sends a signal of its own", "a signal is received twice"],
  ["a signal to a run that has ended is accepted", "rows are adopted after the end"]
]
