import { adapterBugs } from "../bugbank/adapterBugs.ts"
import type { Bug } from "../bugbank/bug.ts"
import { bugs } from "../bugbank/bugs.ts"
import { fileBugs } from "../bugbank/fileBugs.ts"
import { lambdaBugs } from "../bugbank/lambdaBugs.ts"
import { wireBugs } from "../bugbank/wireBugs.ts"

/** A fix that is in the bank as well stands there alone, so that only one text has to follow the source. */
const ofBank = <A extends { readonly name: string }>(bank: ReadonlyArray<A>, name: string): A => {
  const bug = bank.find((one) => one.name === name)
  if (bug === undefined) throw new Error(`the bank has no bug of the name "${name}"`)
  return bug
}

/** Of the simulated worlds. */
const ofWorlds = (name: string): Bug => ofBank([...bugs, ...wireBugs, ...lambdaBugs, ...fileBugs], name)

/** That a test notices, and a plan as well. */
const ofTests = (name: string, breaks: string): Bug => ({ ...ofBank(adapterBugs, name), breaks })

/** By the plan that found it: the fix taken away again, so that it can be seen that the plan would still find it. */
export const fixes: Readonly<Record<string, Bug>> = {
  "answeredBehindDeletion.json": {
    name: "what is put behind the tombstone of its run by whoever had found it going on is not there",
    breaks: "S1",
    file: "simulation/acts/answers.ts",
    find: "  const isBehindDeletion = () => table.graves.hasLate(runId, key)\n",
    replace: "  const isBehindDeletion = () => false\n"
  },
  "answeredMeanwhile.json": {
    name: "an answer that comes after another one has looked was there when it did",
    breaks: "S1",
    file: "simulation/acts/answerCallback.ts",
    find: "        const answered = begun.row\n",
    replace: "        const answered = row\n"
  },
  "answeredBeforeItIsOpen.json": {
    name: "an answer that came before the commit which opens its callback is left to whoever was rung for it",
    breaks: "L1",
    file: "src/streams/turns/arrival.ts",
    find: "  if (run.hasTold !== true) return []\n",
    replace: "  if (run.hasTold !== undefined) return []\n"
  },
  "askedTwice.json": {
    name: "whoever asks for a retry again is told that it is to come, and the run is not known to go on",
    breaks: "S1",
    file: "src/client/repair/copyRun.ts",
    find: "if (generation === newest && !request.dryRun)",
    replace: "if (generation < 0 && !request.dryRun)"
  },
  "askedBothGenerations.json": {
    name: "what has come to a run after its end goes along because whoever asked has asked the next generation as well",
    breaks: "S13",
    file: "simulation/invariants/starts/startInvariants.ts",
    find: "this.carried.get(address) ?? carriedRestarts",
    replace: "carriedRestarts"
  },
  "takenPlaceGoesAlong.json": {
    name: "a start whose place is taken by one that came too late for the generation before is to be there in the next",
    breaks: "S33",
    file: "simulation/invariants/starts/startInvariants.ts",
    find: "known.filter(([one]) => one !== undefined && one.id === row.request)",
    replace: "known.filter(([one]) => one !== undefined && one.id === row.request).slice(0, 1)"
  },
  "askedByWhatIsOver.json": {
    name: "a question for a place that a generation has asked which is over is that of the one behind it",
    breaks: "L1",
    file: "simulation/invariants/limits/sentAway.ts",
    find: "askerOf(table, run, channel, id) ?? table.newest(run)",
    replace: "table.newest(run)",
    and: [
      {
        file: "simulation/invariants/limits/sentAway.ts",
        find: "}/leave/",
        replace: "}/nobody-leaves/"
      }
    ]
  },
  "askedOften.file.json": {
    name: "a process that asks for a start again knows of it from then on, and not since it has asked first",
    breaks: "S34",
    file: "simulation/file/fileWorld.ts",
    find: "if (isThere || !this.starts.has(asker)) this",
    replace: 'if (isThere || address !== "") this'
  },
  "askedToStartWhileDeleted.json": {
    name: "what has come while nobody could say whether a run is deleted stays for somebody when it is",
    breaks: "L1",
    file: "simulation/services/deletion/graves.ts",
    find: "    for (const { drop } of grave.held) drop()\n",
    replace: ""
  },
  "behindCancelThatIsOver.json": {
    name: "what was sent behind a cancellation that is over with an earlier generation is behind nothing",
    breaks: "S18",
    file: "src/streams/turns/arrival.ts",
    find: 'const isBehindCancel = isStartedAgain && previousOf(row).includes("cancel")',
    replace: "const isBehindCancel = isStartedAgain && row.at < 0"
  },
  "broughtBehindItsDoorbell.json": {
    name: "what goes along with a run is there as soon as its head says that it goes on",
    breaks: "L1",
    file: "simulation/invariants/wakeInvariants.ts",
    find: '    if (table.row(nextAddress(address), "start") === undefined) {\n',
    replace: '    if (table.row(nextAddress(address), "start")?.kind === undefined && key === "") {\n'
  },
  "cancelledAsItIsReset.json": {
    name: "whoever is told that a run has ended is told so by what it is when that arrives",
    breaks: "S1",
    file: "simulation/acts/disturb.ts",
    find: "return newest !== wentOnIn || isTerminal(",
    replace: "return isTerminal("
  },
  "cancelledBeforeARetry.json": {
    name: "a run that has a cancellation behind it by a retry is cancelled for whoever asks next",
    breaks: "S1",
    file: "simulation/clients/judges.ts",
    find: "isNameless(key) ? this.isOfThisStart(runId, key) : table.rowOfRun",
    replace: "table.rowOfRun"
  },
  "childThatOutlastsItsParent.json": {
    name: "a run that has the id of one which was deleted is the parent of that one's children",
    breaks: "S34",
    file: "simulation/invariants/deletion/deletionInvariants.ts",
    find: "    if ((this.freeSince.get(runIdOf(waiter)) ?? -1) >= askedAt) return\n",
    replace: ""
  },
  "childrenOfOneId.json": {
    name: "between the look and the put nobody else begins a run of that id",
    breaks: "L2",
    file: "src/streams/commits/notices.ts",
    find: 'if (put.success._tag === "Exists" && !sameContent(put.success.message, notice.message))',
    replace: 'if (put.success._tag === "Exists" && notice.runId === "")'
  },
  "deletedAfterSlowCommit.json": {
    name: "a run is as old as the time since which its end can be seen",
    breaks: "S34",
    file: "simulation/invariants/deletion/deletionInvariants.ts",
    find: "    const agoMs = world.now - before.updatedAt\n",
    replace: "    const agoMs = world.now - (this.writtenAt.get(address) ?? before.updatedAt)\n"
  },
  "deletionTakenBack.json": ofWorlds("a deletion that is taken back is told as one that has happened"),
  "doorbellOfParkedRun.json": ofWorlds("what finds a run parked for the same reason is answered without a commit"),
  "droppedForGood.json": {
    name: "a signal that was dropped is sent all the same where its receiver begins anew",
    breaks: "S25",
    file: "src/store/putNotices.ts",
    find: "const home = verdict.isOver\n",
    replace: 'const home = verdict.dropped === ""\n'
  },
  "emittedBeforeTermination.json": {
    name: "what a run has emitted last before it was terminated is given up",
    breaks: "S24",
    file: "src/streams/turns/finishedRun.ts",
    find: "  const actor = hasSends || lacking.length > 0 ? ",
    replace: '  const actor = endOf(head)?.tag !== "terminated" && (hasSends || lacking.length > 0) ? '
  },
  "endedByItsFirstCommit.file.json": ofWorlds(
    "of a generation that ends with its first commit nobody is rung for any more"
  ),
  "endedByTheSweeper.json": ofTests("a run that the sweeper brings to its end has nobody to see to the rest", "L2"),
  "endedInOneFlush.file.json": {
    name: "of a start that waits for the lock nobody knows anything before it is put",
    breaks: "S34",
    file: "simulation/invariants/deletion/deletionInvariants.ts",
    find: "    return putAt === world.now ? (table.askedToStart(address, by) ?? putAt) : putAt\n",
    replace: "    return putAt === world.now && by === address ? (table.askedToStart(address, by) ?? putAt) : putAt\n"
  },
  "handleOfFork.json": {
    name: "the handle of a child run belongs to whatever run has the id of the one that started it",
    breaks: "S10",
    file: "src/actor/definitions/childHandle.ts",
    find: "run === parent ? effect",
    replace: "run.runId === parentRunId ? effect",
    and: [
      {
        file: "src/actor/definitions/childHandle.ts",
        find: "    this.parent = parent\n",
        replace: "    this.parent = parent\n    this.parentRunId = parent.runId\n"
      },
      {
        file: "src/actor/definitions/childHandle.ts",
        find: "    const { parent, started } = this\n",
        replace: "    const { parent, parentRunId, started } = this\n"
      },
      {
        file: "src/actor/definitions/childHandle.ts",
        find: '  private readonly parent: Run["Service"]\n',
        replace: '  private readonly parent: Run["Service"]\n  private readonly parentRunId: string\n'
      }
    ]
  },
  "heldUpByAnother.json": {
    name: "a run whose doorbells are held up by a turn of many inline steps of another has been rung for",
    breaks: "L1",
    file: "simulation/settle.ts",
    find: "stream.waitsBehind(runId).some(",
    replace: "stream.waitsBehind(runId).slice(0, 0).some("
  },
  "itemBeforeTheNextStart.json": {
    name: "a signal of a transaction to a generation that is about to begin has no condition",
    breaks: "S38",
    file: "src/client/transactions/transactionClient.ts",
    find: "head?.workflow ?? (yield* workflowToBegin(newest.address))",
    replace: "head?.workflow"
  },
  "inlineOutcomeLeftOver.json": {
    name: "an inline outcome that a lost race has left counts as unread",
    breaks: "L1",
    file: "src/streams/turns/loadRun.ts",
    find: "return row.inline !== true",
    replace: "return true"
  },
  "leftByTheStartBefore.json": {
    name: "what the start before has left behind is waited for by nobody",
    breaks: "S18",
    file: "src/streams/turns/arrival.ts",
    find: "(isStartedAgain ? yield* bringLeft(runId, key) : undefined)",
    replace: '(isStartedAgain && key === "" ? yield* bringLeft(runId, key) : undefined)'
  },
  "leftOutTwice.json": {
    name: "what a copy of a copy leaves out may have the key of what the first one has left out",
    breaks: "S37",
    file: "src/streams/turns/copying/copiedRows.ts",
    find: '  (row.kind === "timer" && row.key.startsWith(leftName)) ||\n',
    replace: ""
  },
  "lostStep.json": {
    name: "what the queue has lost is not sent again",
    breaks: "L2",
    file: "src/streams/turns/recoverLost.ts",
    find: "  if (lost.length === 0) return children\n",
    replace: "  if (lost.length >= 0) return children\n"
  },
  "lostTimer.json": {
    name: "the sweeper puts no timers",
    breaks: "L2",
    file: "src/streams/wakeups/sweeper.ts",
    find: 'if (kind !== "timer" || due > now - timerGraceMs) continue',
    replace: "if (due > 0 || due <= 0) continue"
  },
  "lookedAtTwice.json": ofWorlds(
    "of two who see to one deletion and see different things both go by what they have seen"
  ),
  "notDeletedOutOfABatch.wire.json": ofTests("a message that SQS has not deleted is not deleted again", "L2"),
  "olderBuildOfCopy.json": {
    name: "an older build goes on with a copy, the old way of a patch behind the new one",
    breaks: "S29",
    file: "src/streams/turns/copying/loadCopy.ts",
    find: "  if (unmet.length > 0) return olderBuild(unmet)\n",
    replace: ""
  },
  "patchOfWhatIsLeftOut.json": {
    name: "a copy forgets the patches to which a message led that it leaves out",
    breaks: "L2",
    file: "src/streams/turns/copying/copiedRows.ts",
    find: "isSetAside: true, time: undefined, patches }",
    replace: "isSetAside: true, time: undefined, patches: patches.slice(0, 0) }"
  },
  "pausedByTwoClocks.json": {
    name: "who asks for a pause twice, by a clock that is set right meanwhile, forgets how late it is",
    breaks: "L2",
    file: "src/client/repair/decide.ts",
    find: "const latest = Math.max(at, known.get(address) ?? 0)",
    replace: "const latest = at",
    and: [
      {
        file: "src/client/repair/decide.ts",
        find: 'put._tag === "Exists" ? put.message.at : at',
        replace: "put === undefined ? 0 : at"
      }
    ]
  },
  "payloadAwayAtEnd.json": ofTests(
    "what a run that has ended has emitted is given up with the first object that cannot be read",
    "S24"
  ),
  "refusedSecondTime.json": ofWorlds(
    "a run of a schedule that is refused, as it is there, takes the handle of the one that is there with it"
  ),
  "removedAmidTimes.json": {
    name: "of a schedule that is removed in the middle of a time that has come somebody knows what became of that",
    breaks: "S40",
    file: "simulation/invariants/timetables/timetableInvariants.ts",
    find: "ended?.isRemoved === true ? ended.underWay : []",
    replace: "ended?.isRemoved === undefined ? [0] : []"
  },
  "replacedWhilePaused.file.json": {
    name: "a start that takes the place of a paused run does not let it go on",
    breaks: "L1",
    file: "simulation/invariants/wakeInvariants.ts",
    find: 'row.kind === "cancel" || isReplaced)',
    replace: 'row.kind === "cancel")'
  },
  "resetOfTerminated.json": {
    name: "a reset that is rung for with the end of its run waits for the sweeper",
    breaks: "L1",
    file: "src/streams/turns/decisions/takeDecisions.ts",
    find: 'kind === "restart" || kind === "repair")',
    replace: 'kind === "restart")'
  },
  "retriedWhileDeleted.json": {
    name: "of a retry and a deletion at one moment neither looks for the other",
    breaks: "S34",
    file: "src/store/deletion/markDeleted.ts",
    find: 'kind === "restart" || kind === "repair"',
    replace: 'kind === "restart"',
    and: [
      {
        file: "src/client/repair/copyRun.ts",
        find: "  yield* stillThere(newest.address, how)\n",
        replace: ""
      }
    ]
  },
  "rowOfAnotherTime.json": {
    name: "a row that is there with another time is the one in hand",
    breaks: "S13",
    file: "src/store/reading/sameMessage.ts",
    find: "messageTime(a) === messageTime(b) && sameContent(a, b)",
    replace: "sameContent(a, b)"
  },
  "saidToBeParked.json": ofWorlds("a run is said to be parked before it is known to be"),
  "secondTryOfStart.json": {
    name: "whoever asks again for a start that is there is told that it is to come, though the run is about to be deleted",
    breaks: "S1",
    file: "src/store/sending/putRestart.ts",
    find: "    yield* stillThere(findNewest(runId, parseAddress(found.address).generation))\n    return { there: home.there",
    replace: "    return { there: home.there"
  },
  "sentWhenItsHomeWasSet.json": {
    name: "what is sent again under its id is as new as its last try",
    breaks: "S18",
    file: "simulation/invariants/order/knowledge.ts",
    find: "atHome: ReadonlyArray<string> = now) =>\n  now.filter((key) => atHome.includes(key))",
    replace: "_atHome?: ReadonlyArray<string>) => now"
  },
  "setAsideBeforeItIsAskedFor.json": {
    name: "an outcome that nobody was told of has the key of the step in a copy too",
    breaks: "S37",
    file: "src/streams/turns/copying/copiedRows.ts",
    find: '(isSetAside && (row.kind === "restart" || row.kind === "step"))',
    replace: '(isSetAside && row.kind === "restart")'
  },
  "signalForNoStart.json": {
    name: "a signal for a start to come is accepted, though the run has been deleted before that",
    breaks: "S1",
    file: "src/client/send.ts",
    find: '  yield* stillThere\n  if (put._tag === "Inserted")',
    replace: '  if (put._tag === "Inserted")'
  },
  "startThatWaitsIsLarge.json": {
    name: "a start that waits is put into the next generation with all that it holds, however large",
    breaks: "S12",
    file: "src/streams/commits/buildCommit.ts",
    find: "  for (const row of carriedRows(unread)) carried.push(yield* offloadRow(row, runId))\n",
    replace: "  for (const row of carriedRows(unread)) carried.push(row)\n"
  },
  "startOfTwoHomes.json": {
    name: "a request to start a run once more has no home in its first generation",
    breaks: "S33",
    file: "src/store/generations/home.ts",
    find: "  if (generation > 0) return yield* homeOf(newest, key)\n",
    replace: "  if (generation >= 0) return yield* homeOf(newest, key)\n"
  },
  "takenForAnotherInput.json": {
    name: "what a source came to for one input, and nobody has adopted, answers the step of any input",
    breaks: "S37",
    file: "simulation/invariants/copies/copyInvariants.ts",
    find: "    if (copy.answered.has(key) && !isOther)\n",
    replace: "    if (copy.answered.has(key))\n"
  },
  "tombstoneBehindTheEnd.json": ofWorlds(
    "whoever goes on with a deletion that was settled does not look whether another has come to its end"
  ),
  "turnOfManyInlineSteps.json": {
    name: "a turn that is at its inline steps for minutes has not read what it goes on with",
    breaks: "L1",
    file: "simulation/settle.ts",
    find: "  executions.isTurning(runId) ||\n",
    replace: ""
  },
  "updatesOfFork.json": {
    name: "a fork has no answers to the updates that it has kept",
    breaks: "S23",
    file: "src/streams/turns/copying/loadCopy.ts",
    find: '  if (from.how === "fork") actor.updates.giveAfterAll(actor.updates.replayed)\n',
    replace: ""
  },
  "untoldParent.json": ofWorlds("nobody asks after children that have ended")
}
