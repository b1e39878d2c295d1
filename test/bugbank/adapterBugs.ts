// biome-ignore-all lint/suspicious/noTemplateCurlyInString: planted source texts hold template literals
import { attemptBugs } from "./attemptBugs.ts"
import { seldomAwayBugs } from "./awayBugs.ts"
import { blindAwsBugs } from "./blindAwsBugs.ts"
import { blindLambdaBugs } from "./blindLambdaBugs.ts"
import { blindMoreAwsBugs } from "./blindMoreAwsBugs.ts"
import { blindMoreLambdaBugs } from "./blindMoreLambdaBugs.ts"
import { blindMoreSqliteBugs } from "./blindMoreSqliteBugs.ts"
import { blindProtocolBugs } from "./blindProtocolBugs.ts"
import { blindSqliteBugs } from "./blindSqliteBugs.ts"
import type { AdapterBug } from "./bug.ts"
import { rareCallbackBugs } from "./callbackBugs.ts"
import { codecBugs } from "./codecBugs.ts"
import { decisionTestBugs } from "./decisionBugs.ts"
import { deletionBugs } from "./deletionBugs.ts"
import { gateBugs } from "./gateBugs.ts"
import { limitAdapterBugs } from "./limitBugs.ts"
import { listingBugs } from "./listingBugs.ts"
import { manyAdapterBugs } from "./manyBugs.ts"
import { movingBugs } from "./movingBugs.ts"
import { seldomOtherRunsBugs } from "./otherRunsBugs.ts"
import { rareRepairBugs } from "./repairBugs.ts"
import { scheduleBugs } from "./scheduleBugs.ts"
import { rareSignalBugs } from "./signalBugs.ts"
import { startBugs } from "./startBugs.ts"
import { survivorTestBugs } from "./survivorBugs.ts"
import { transactionAdapterBugs } from "./transactionBugs.ts"
import { valueBugs } from "./valueBugs.ts"

const table = "src/store/aws/table"
const feed = "src/store/aws/feed"
const lambda = "src/streams/lambda"
const everyRead = "store/aws/everyRead.test.ts"
const dynamoFeed = "store/aws/dynamoFeed.test.ts"
const documents = "store/aws/documents.test.ts"
const warm = "streams/lambda/warmContainer.test.ts"
const refusedTimers = "streams/refusedTimers.test.ts"
const pages = "what comes in several pages is read to its end"
const strong = "every read of the table is strong, on the wire"
const written = "what is remembered was written before"

/** Of the values as well: what users hand over and throw, which the world draws plainly. */
export const adapterBugs: ReadonlyArray<AdapterBug> = [
  ...attemptBugs,
  {
    name: "answers that only the head of the end holds are not found",
    file: "src/client/update.ts",
    find: "  return held ?? (yield* replies.read(runId, name, id))\n",
    replace: "  return yield* replies.read(runId, name, id)\n",
    test: "streams/repliesAgain.test.ts",
    noticedBy: "an answer of a run's last commit is kept by its head"
  },
  {
    name: "long histories of small messages are kept in memory without end",
    file: "src/streams/turns/warmRun.ts",
    find: "held.characters + historyWeight(order.length)",
    replace: "held.characters + historyWeight(0 * order.length)",
    test: "streams/warmRuns.test.ts",
    noticedBy: "a long history weighs, however small its messages are"
  },
  {
    name: "an update whose handler dies is told to its sender alone",
    file: "src/streams/turns/tellEnd.ts",
    find: "return failed.length === 0 ? Effect.void",
    replace: "return failed.length >= 0 ? Effect.void",
    test: "streams/failureLines.test.ts",
    noticedBy:
      "What is told of failures, on SQLite is an update whose handler dies, or answers what its schema does not take; what it was asked to refuse is the sender's"
  },
  {
    name: "a whole chunk waits for its time",
    file: "src/streams/steps/outputLane.ts",
    find: "return Effect.andThen(this.hurry(), room)",
    replace: "return room",
    test: "streams/outputAgain.test.ts",
    noticedBy: "Output of a step that makes a whole chunk is written at once, whatever the distance between two writes"
  },
  {
    name: "of the generations of a run only the first is asked which tries stand",
    file: "src/client/output/outputReader.ts",
    find: "const generation = generationOfKey(step)",
    replace: "const generation = generationOfKey(step) * 0",
    test: "client/streams.test.ts",
    noticedBy: "Output streams, on SQLite tell what stands in each generation of a run"
  },
  ...blindAwsBugs,
  ...blindLambdaBugs,
  ...blindMoreAwsBugs,
  ...blindMoreLambdaBugs,
  ...blindMoreSqliteBugs,
  ...blindProtocolBugs,
  ...blindSqliteBugs,
  ...decisionTestBugs,
  ...listingBugs,
  ...transactionAdapterBugs,
  ...valueBugs,
  ...manyAdapterBugs,
  ...seldomOtherRunsBugs,
  ...scheduleBugs,
  ...limitAdapterBugs,
  ...movingBugs,
  ...startBugs,
  ...deletionBugs,
  ...rareRepairBugs,
  ...rareSignalBugs,
  ...gateBugs,
  ...codecBugs,
  ...rareCallbackBugs,
  ...survivorTestBugs,
  ...seldomAwayBugs,
  // Of the protocol, and so seldom in the world that luck finds them: some thousand schedules, or more than ten thousand.
  {
    name: "a run that the sweeper brings to its end has nobody to see to the rest",
    file: "src/streams/turns/turnRun.ts",
    find: "  if (!work.comesAgain && !commits.atomic) yield* wakeForEnd(runId, head.head, at)\n",
    replace: "",
    test: "streams/endUnseen.test.ts",
    noticedBy: "A run that the sweeper brings to an end has a wake-up before that commit"
  },
  {
    name: "a turn of the sweeper's is one that comes again",
    file: "src/streams/turns/runs.ts",
    find: "look: (runId) => turn(runId, [], false, false),",
    replace: "look: (runId) => turn(runId, [], false, true),",
    test: "streams/endUnseen.test.ts",
    noticedBy: "A run that the sweeper brings to an end has a wake-up before that commit"
  },
  {
    name: "what a run that has ended has emitted is given up with the first object that cannot be read",
    file: "src/streams/turns/finishedRun.ts",
    find: "    times: 5\n",
    replace: "    times: 0\n",
    test: "streams/endUnseen.test.ts",
    noticedBy: "A run that has ended, and whose host has died before its last values were written has them in spite of"
  },
  {
    name: "a step with marks that was lost is sent again as its first attempt",
    file: "src/streams/turns/recoverLost.ts",
    find: "return Math.max(1, mark?.attempt ?? 1)",
    replace: "return Math.min(1, mark?.attempt ?? 1)",
    test: "streams/recoverLost.test.ts",
    noticedBy: "a step that the queue has lost is sent as the attempt that was begun last where attempts are marked"
  },
  {
    name: "who hears that a signal is with an earlier generation does not bring it along",
    file: "src/client/send.ts",
    find: "    yield* bringForward(runId, [key], found)\n",
    replace: "",
    test: "client/sentToEarlier.test.ts",
    noticedBy: "what a sender is told to be there is there before what it sends next"
  },
  {
    name: "of what was sent to several generations only the last is looked for",
    file: "src/store/sending/sentBefore.ts",
    find: "keys.length === 1 ? generation : Math.min(generation, last?.generation ?? generation)",
    replace: "generation",
    test: "client/sentToEarlier.test.ts",
    noticedBy: "of two that were sent at a time, and came to two generations, both are there before the next"
  },
  {
    name: "what was accepted while a signal was on its way is named by it, and not brought along",
    file: "src/client/send.ts",
    find: "  yield* before?.bringOwn ?? Effect.void\n",
    replace: "",
    test: "client/sentToEarlier.test.ts",
    noticedBy: "what was accepted while a signal is on its way, by a generation that is over, is there before that"
  },
  {
    name: "what was accepted while a request to start again was on its way is named by it, and not brought along",
    file: "src/store/sending/putRestart.ts",
    find: "  yield* before?.bringOwn ?? Effect.void\n",
    replace: "",
    test: "client/sentToEarlier.test.ts",
    noticedBy:
      "what was accepted while a request to start again is on its way, by a generation that is over, is there before that"
  },
  {
    name: "a parked head is believed to name all that was there before it",
    file: "src/store/reading/wholeRun.ts",
    find: 'const namesAll = head.status !== "parked" && hasSegments(head, stored)',
    replace: "const namesAll = hasSegments(head, stored)",
    test: "store/wholeRun.test.ts",
    noticedBy:
      "a read that is no snapshot reads again what a parked head answers: its doorbell is spent, and no order names the row"
  },
  {
    name: "the time-out counts from the wait",
    file: "src/actor/calls/callback.ts",
    find: "return now >= expiresAt ? late : Effect.andThen(Effect.sleep(expiresAt - now), late)",
    replace: "return Effect.andThen(Effect.sleep(this.definition.timeoutMs ?? 0), late)",
    test: "callbacks/inVirtualTime.test.ts",
    noticedBy:
      "a callback counts its time from when it was made, and not from the wait, where there are no heartbeats either"
  },
  {
    name: "a large state is not put, as another large one is there",
    file: "src/store/payloads.ts",
    find: "isReference(known) && objectName(known) === objectName(reference)",
    replace: "isReference(known)",
    test: "client/state.test.ts",
    noticedBy: "Published state, on SQLite is read as of the last commit, small and large, and after the end"
  },
  {
    name: "a message that comes twice is taken for a crash",
    file: "src/streams/workers/beginStep.ts",
    find: "const isYoung = at - there.at < claimMs / 2",
    replace: "const isYoung = at - there.at < 0",
    test: "streams/heartbeats.test.ts",
    noticedBy:
      "At most once an attempt, on SQLite a message that came twice is looked at again within a heartbeat, however long others are hidden"
  },
  {
    name: "time goes back",
    file: "src/actor/runtime/logicalClock.ts",
    find: "if (time > this.now) this.now = time",
    replace: "this.now = time",
    test: "actor/logicalClock.test.ts",
    noticedBy: "the logical clock tells one time in all its units, and never goes back"
  },
  {
    name: "a reader ends a stream whose last values are to come",
    file: "src/client/output/outputReader.ts",
    find: "      if (lacks(newest, stream, tail)) return undefined\n",
    replace: "",
    test: "streams/outputAgain.test.ts",
    noticedBy: "Output that follows a commit is appended once when the store is back"
  },
  {
    name: "who goes on from a position does not know which tries came before it",
    file: "src/client/output/outputReader.ts",
    find: "          this.tries.judge(chunk)\n",
    replace: "",
    test: "client/streams.test.ts",
    noticedBy:
      "Output streams, on SQLite tell the try that stands from those that were superseded, and the reader chooses"
  },
  {
    name: "nobody makes sure of what the last commit of a run has emitted",
    file: "src/streams/turns/finishedRun.ts",
    find: "  if (lacking.length > 0) yield* appendLacking(runId, run, lacking, actor, options)\n",
    replace: "",
    test: "streams/outputAgain.test.ts",
    noticedBy: "Output that follows a commit is appended by the next host if the one that committed it has died"
  },
  {
    name: "a send whose answer was lost counts as none",
    file: "src/store/commitInOrder.ts",
    find: "[...attempt.begun].filter",
    replace: "[...attempt.sent].filter",
    test: "store/sentAhead.test.ts",
    noticedBy: "leaves behind what may have been sent, its answer lost, and is asked for no more"
  },
  {
    name: "segments that were read before their head are none",
    file: "src/store/reading/wholeRun.ts",
    find: 'const namesAll = head.status !== "parked" && hasSegments(head, stored)',
    replace: 'const namesAll = head.status !== "parked"',
    test: "store/wholeRun.test.ts",
    noticedBy: "a read that is no snapshot gets segments that came before a head that was newer, and keeps to that head"
  },
  {
    // Found by a schedule once, by way of a look that was put off; the sweeper puts off none any more when its host begins anew.
    name: "a run that this code cannot read waits on",
    file: "src/streams/wakeups/sweeper.ts",
    find: "    yield* runs.ring(runId, [], false)\n    return true\n",
    replace: "    return false\n",
    test: "streams/sweeper.test.ts",
    noticedBy: "the sweeper has a run turned that this code cannot read: its head is to say so"
  },
  {
    // The world cannot tell: by the run's own time, its time-outs take as long as they are to.
    name: "a step that a late timer leads to has been asked for at that timer's due",
    file: "src/actor/runtime/passage.ts",
    find: "if (this.ledger.asked > asked) this.askedAt(time, setBefore)",
    replace: "void asked",
    test: "actor/logicalTime.test.ts",
    noticedBy:
      "before a message of a time, timers due by then fire but a time-out round a step behind a late sleep has all of its time"
  },
  {
    name: "one item is read as some replica has it",
    file: `${table}/dynamoTable.ts`,
    find: "new GetCommand({ ...base, Key: { pk, sk }, ConsistentRead: true })",
    replace: "new GetCommand({ ...base, Key: { pk, sk } })",
    test: everyRead,
    noticedBy: `${strong} RunTable.readHead`
  },
  {
    name: "a run is read as some replica has it",
    file: `${table}/dynamoRunTable.ts`,
    find: '      values: { ":pk": partition },\n      ConsistentRead: true\n',
    replace: '      values: { ":pk": partition }\n',
    test: everyRead,
    noticedBy: `${strong} RunTable.readRun`
  },
  {
    name: "checkpoints are read as some replica has them",
    file: `${feed}/feedCheckpoints.ts`,
    find: "        ConsistentRead: true\n",
    replace: "",
    test: everyRead,
    noticedBy: `${strong} checkpoints`
  },
  {
    name: "only the first page of a query is read",
    file: `${table}/dynamoTable.ts`,
    find: "    next = page.next\n  } while",
    replace: "    next = undefined\n  } while",
    test: everyRead,
    noticedBy: `${pages} a run`
  },
  {
    name: "the item that comes with a failed condition is taken for one in plain values",
    file: `${table}/dynamoTable.ts`,
    find: "fromAttributes(error.Item)",
    replace: "(error.Item as unknown as Item)",
    test: documents,
    noticedBy: "the item that comes with a failed condition comes as plain values"
  },
  {
    name: "a document client that is made later changes how ours translates",
    file: `${table}/dynamoTable.ts`,
    find: "DynamoDBDocumentClient.from(Object.create(client, { config: { value: { ...client.config } } }))",
    replace: "DynamoDBDocumentClient.from(client)",
    test: documents,
    noticedBy: "a client that has a document client of its own has its own way to translate"
  },
  {
    name: "what the table could not be had for does not say which table",
    file: `${table}/dynamoTable.ts`,
    find: "const asked = (operation: string) => ({ operation, place: `the table ${tableName}` })",
    replace: "const asked = (operation: string) => operation",
    test: documents,
    noticedBy: "a call of the table: get names the table"
  },
  {
    name: "a look through the table forgets that a head was on the page before",
    file: `${table}/unstartedRuns.ts`,
    find: "withHead: withHead === true ? pk : undefined",
    replace: "withHead: undefined",
    test: everyRead,
    noticedBy: `${pages} a look through the table`
  },
  {
    name: "only the first page of a stream's shards is read",
    file: `${feed}/feedShards.ts`,
    find: "ExclusiveStartShardId = StreamDescription?.LastEvaluatedShardId",
    replace: "ExclusiveStartShardId = undefined",
    test: dynamoFeed,
    noticedBy: "the feed of a table's stream reads every shard"
  },
  {
    name: "the reader of the stream writes a shard off while its doorbells are in hand",
    file: `${feed}/feedProgress.ts`,
    find: "this.isClosed && this.records.length === 0 && this.spans.length === 0",
    replace: "this.isClosed && this.records.length === 0",
    test: dynamoFeed,
    noticedBy: "a shard whose end has been read is not written off"
  },
  {
    name: "a place in a stream that could not be written counts as written",
    file: `${feed}/dynamoFeed.ts`,
    find: '          if (exit._tag === "Failure") progress.isDirty = true\n',
    replace: "",
    test: dynamoFeed,
    noticedBy: "a shard whose end has been read has its place written again"
  },
  {
    name: "that somebody reads the stream counts as written before it is",
    file: `${feed}/feedCheckpoints.ts`,
    find: 'Effect.andThen(table.put("ChangeFeed.acknowledge", item), note)',
    replace: 'Effect.andThen(note, table.put("ChangeFeed.acknowledge", item))',
    test: everyRead,
    noticedBy: `${written} that somebody reads`
  },
  {
    name: "when a fence's messages were sent is not kept",
    file: `${table}/headBody.ts`,
    find: "(body.fences.some(({ sentAt }) => sentAt !== undefined) ? hasTimes : 0)",
    replace: "0",
    test: "store/aws/headItem.test.ts",
    noticedBy: "a head as an item comes back as it was"
  },
  {
    name: "S3's AccessDenied is taken for an object that is missing",
    file: "src/store/aws/payloads/s3Payloads.ts",
    find: 'name === "NotFound"',
    replace: 'name === "NotFound" || name === "AccessDenied"',
    test: "store/aws/s3Errors.test.ts",
    noticedBy: "an object that S3 does not hand out is not said to be missing by AccessDenied"
  },
  {
    name: "on Lambda a renewal that fails takes its step with it",
    file: `${lambda}/queueHandler.ts`,
    find: 'Effect.ignoreCause(queue.renew(delivery, visibilityMs), { log: "Warn" })',
    replace: "queue.renew(delivery, visibilityMs)",
    test: "streams/lambda/queueHandler.test.ts",
    noticedBy: "a claim that cannot be renewed takes no step with it, as the queue is away"
  },
  {
    name: "a renewal that dies is the last that a host tries",
    file: "src/streams/workers/queueLoop.ts",
    find: "Effect.matchCause(queue.renew(held.delivery, visibilityMs), {",
    replace: "Effect.match(queue.renew(held.delivery, visibilityMs), {",
    test: "streams/queueLoop.test.ts",
    noticedBy: "a step in hand whose claim is renewed goes on to its end where the renewal dies"
  },
  {
    name: "a warm container gives up by the time of its first event",
    file: `${lambda}/container.ts`,
    find: 'state.giveUpAt = patience === "untilHandBack" ?',
    replace: 'state.giveUpAt = Number.isFinite(state.giveUpAt) ? state.giveUpAt : patience === "untilHandBack" ?',
    test: warm,
    noticedBy: "a container from one event to the next gives up"
  },
  {
    name: "a container builds its clients with each event",
    file: `${lambda}/container.ts`,
    find: "const build = lazy(() => Effect.runPromiseWith(context)(buildServices(options, registry, state)))",
    replace: "const build = () => Effect.runPromiseWith(context)(buildServices(options, registry, state))",
    test: warm,
    noticedBy: "a container from one event to the next builds its clients once"
  },
  {
    name: "a warm container hands back to the queue of its first event",
    file: `${lambda}/handlers.ts`,
    find: "  const { environment, tuning } = options\n",
    replace: "  const { tuning } = options\n  const known = options.environment()\n  const environment = () => known\n",
    test: warm,
    noticedBy: "a container from one event to the next begins each step"
  },
  {
    name: "each sweep begins with the newest run",
    file: "src/streams/wakeups/looks.ts",
    find: "    if (before?.next !== undefined) return\n",
    replace: "",
    test: "streams/looks.test.ts",
    noticedBy: "a pass that has no time left goes on where"
  },
  {
    name: "a sweep does not ask where the one before has stopped",
    file: `${lambda}/sweepHandler.ts`,
    find: "  if (place !== undefined) looks.restore(place)\n",
    replace: "",
    test: "streams/lambda/sweepHandler.test.ts",
    noticedBy: "a sweep that does not get through in its time is gone on with"
  },
  {
    name: "a sweep that is ended early has kept no place",
    file: `${lambda}/sweepHandler.ts`,
    find: "  let saveAt = now()\n",
    replace: "  let saveAt = now() + longestSaveIntervalMs\n",
    test: "streams/lambda/sweepHandler.test.ts",
    noticedBy: "a sweep that does not get through in its time gets past runs that end the environment"
  },
  {
    name: "the process stands still while another holds the lock of its SQLite file",
    file: "src/store/sqlite/file/database.ts",
    find: "const briefPatienceMs = 25\n",
    replace: "const briefPatienceMs = 5_000\n",
    test: "store/sqliteWrites.test.ts",
    noticedBy: "a file whose lock another connection holds for a while"
  },
  {
    name: "a place is held while the store is away",
    file: "src/streams/turns/runs.ts",
    find: 'waits(error?._tag === "StoreUnavailable")',
    replace: "waits(false)",
    test: refusedTimers,
    noticedBy: "a store that is away for some runs and not for others holds no place"
  },
  {
    name: "what was sent for a commit that is refused is forgotten when its run is parked",
    file: "src/store/commitInOrder.ts",
    find: "JSON.stringify([head.adopted - adopted.length,",
    replace: "JSON.stringify([head.version,",
    test: "streams/refusals.test.ts",
    noticedBy: "a head that the store will never take parks the run"
  },
  {
    name: "an inline step whose outcome cannot be stored runs again with each attempt",
    file: "src/streams/turns/inlineSteps.ts",
    find: "ran.set(id, end)",
    replace: "ran.delete(id)",
    test: "streams/inline.test.ts",
    noticedBy: "inline steps whose outcomes cannot be stored now"
  },
  {
    name: "an inline step fails for a right that is missing",
    file: "src/streams/turns/inlineSteps.ts",
    find: "refused.mend === undefined",
    replace: "refused.message.length > 0",
    test: "streams/inline.test.ts",
    noticedBy: "inline steps whose outcomes cannot be stored now for a right that is missing"
  },
  {
    name: "a run that hangs before its first commit and cannot be handed on is left in its record",
    file: "src/streams/wakeups/handToQueue.ts",
    find: "if (head === undefined) yield* runs.park(runId, refused.value)",
    replace: "if (head === undefined) return false",
    test: "streams/lambda/faults.test.ts",
    noticedBy: "stream, where a service refuses what one run needs fails no record for a run that has not begun"
  },
  {
    name: "steps are sent before a timer is refused",
    file: "src/store/commitInOrder.ts",
    find: "plan.timers.length === 0 ? sendAll : Effect.andThen(schedule, sendAll)",
    replace: "Effect.andThen(sendAll, schedule)",
    test: refusedTimers,
    noticedBy: "a long timer that is refused parks its run"
  },
  {
    name: "a right that is missing is taken for a service that is away",
    file: "src/store/aws/calls/awsErrors.ts",
    find: 'if (deployments.test(name)) return "deployment"',
    replace: 'if (deployments.test(name)) return "away"',
    test: "store/aws/schedulerTimers.test.ts",
    noticedBy: "a schedule is refused a missing right"
  },
  {
    name: "a quota that is used up parks the run",
    file: "src/store/aws/timers/schedulerTimers.ts",
    find: 'sortError("scheduler", error) === "quota"',
    replace: 'sortError("scheduler", error) === "away"',
    test: "store/aws/schedulerTimers.test.ts",
    noticedBy: "a schedule is refused a missing right"
  },
  {
    name: "a schedule is made for a year that Scheduler does not know",
    file: "src/store/aws/timers/schedulerTimers.ts",
    find: "const spanMs = 365 * 24 * 3_600_000",
    replace: "const spanMs = 36_500_000 * 24 * 3_600_000",
    test: "store/aws/schedulerTimers.test.ts",
    noticedBy: "a schedule is never made for a year that Scheduler does not know"
  },
  {
    name: "halves of pairs go to SQS as they are",
    file: "src/store/aws/queue/queueBody.ts",
    find: "const notAllowed = /[\\uD800-\\uDFFF\\uFFFE\\uFFFF]/gu",
    replace: "const notAllowed = /[\\uFFFE\\uFFFF]/gu",
    test: "store/aws/items.test.ts",
    noticedBy: "queue messages as bodies hold no character that SQS refuses"
  },
  {
    name: "positions of a stream sort as texts",
    file: "src/store/aws/table/keys.ts",
    find: 'String(position).padStart(outputKeyLength, "0")',
    replace: "String(position).padStart(outputKeyLength - 9)",
    test: "store/dynoxide.test.ts",
    noticedBy: "AWS store on dynoxide OutputChunks: dynoxide sorts positions as numbers"
  },
  {
    name: "a stream stands in a partition that is taken for a run's",
    file: "src/store/aws/table/keys.ts",
    find: "const partition = `${tenant}/${runId}/~${stream}`",
    replace: "const partition = `${tenant}/${runId}/0`",
    test: "store/dynoxide.test.ts",
    noticedBy: "AWS store on dynoxide OutputChunks: dynoxide holds streams apart, by name and by run"
  },
  {
    name: "a chunk in SQLite takes the place of another",
    file: "src/store/sqlite/beside/sqliteOutput.ts",
    find: '"insert or ignore into output',
    replace: '"insert or replace into output',
    test: "store/sqlite.test.ts",
    noticedBy: "OutputChunks: SQLite in memory gives a position once, and hands back what is there"
  },
  {
    name: "who waits for a stream in this process is not told",
    file: "src/store/sqlite/beside/sqliteOutput.ts",
    find: "if (changes === 1) afterCommit(() => engine.output",
    replace: "if (changes === 2) afterCommit(() => engine.output",
    test: "store/sqlite.test.ts",
    noticedBy:
      "OutputChunks: SQLite in memory wakes those who wait in this process, and does not wait for what is there"
  }
]
