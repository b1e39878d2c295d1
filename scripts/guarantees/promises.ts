import type { FaultKind } from "../../simulation/world/faults.ts"
import type { Subject } from "../simulate/subjects.ts"

/** What users may rely on. Each test is named by file and by a part of its name; the generator refuses what is not there. */
export interface Guarantee {
  readonly promise: string
  readonly how: "exactly once" | "at most once" | "at least once" | "survives" | "in time" | "reported"
  /** Of `docs/architecture.md`. */
  readonly invariants: ReadonlyArray<string>
  /** In a sentence or two: what it means, and where it ends. */
  readonly means: string
  readonly tests: ReadonlyArray<readonly [file: string, name: string]>
  /** Which schedules try it: those that have this. Default: all of them. */
  readonly subject?: Subject
  /** The faults of the simulated world that would break it first. Default: all of them. */
  readonly faults?: ReadonlyArray<FaultKind>
}

export const promises: ReadonlyArray<Guarantee> = [
  {
    promise: "An acknowledged start, signal or cancellation is never lost",
    how: "survives",
    invariants: ["S1", "L1"],
    faults: ["crashAfter", "lostAnswer", "refused", "trimmedRecords"],
    means:
      "When the call returns, the row is durable, and it is adopted by its run or the run is over. A call that fails may have taken effect all the same: make it again with the same id.",
    tests: [
      ["test/simulation/simulation.test.ts", "holds all invariants"],
      ["test/scripts/crash.test.ts", "loses nothing and doubles nothing"],
      ["test/store/changeFeedContract.ts", "rings again after a restart"],
      ["test/rig/orders.test.ts", "of them finish with one outcome each"]
    ]
  },
  {
    promise: "A run id is one run",
    how: "exactly once",
    invariants: ["S1"],
    faults: ["lostAnswer", "crashAfter"],
    means:
      "Starting it again with the same workflow and input is the same run; with another input or workflow it is a typed conflict, and nothing is written.",
    tests: [
      ["test/store/runTableContract.ts", "puts a row if it is absent"],
      ["test/client/client.test.ts", "start"],
      ["test/rig/stack.test.ts", "batches that come twice change nothing"]
    ]
  },
  {
    promise: "A run has one outcome",
    how: "exactly once",
    invariants: ["S2", "S4", "S6"],
    faults: ["pause", "crashAfter", "lostAnswer"],
    means: "Typed output, typed error, a defect or a cancellation. Nothing is adopted after it, and it never changes.",
    tests: [
      ["test/simulation/simulation.test.ts", "holds all invariants"],
      ["test/property/replay.test.ts", "adopts nothing after its one outcome"],
      ["test/store/runTableContract.ts", "lets exactly one of many commits on one version stand"],
      ["test/rig/orders.test.ts", "of them finish with one outcome each"]
    ]
  },
  {
    promise: "A step has one accepted outcome",
    how: "exactly once",
    invariants: ["S7"],
    faults: ["duplicateMessage", "pause", "lostAnswer"],
    means:
      "The first one that is durable. Whatever a second execution says, the workflow goes by the first, in every replay.",
    tests: [
      ["test/property/replay.test.ts", "issues each command once, answers each once"],
      ["test/store/commitsContract.ts", "does nothing but put rows and complete deliveries"],
      ["test/scripts/crash.test.ts", "finds an outcome that was accepted twice"],
      ["test/rig/transactions.test.ts", "what it moves is moved once, whoever dies over it"]
    ]
  },
  {
    promise: "A step's code runs",
    how: "at least once",
    invariants: ["S8"],
    faults: ["lostMessage", "delayedMessage", "crashBefore"],
    means:
      "Once for each attempt, and once more for each crash or redelivery that meets it. With nothing wrong a queued step never runs twice. Hand its `idempotencyKey` on to whatever must not happen twice. An inline step may run twice also when two hosts race to one turn.",
    tests: [
      ["test/simulation/simulation.test.ts", "holds all invariants"],
      ["test/scripts/crash.test.ts", "finds more executions than attempts and kills explain"],
      ["test/rig/stack.test.ts", "batches that come twice change nothing"]
    ]
  },
  {
    promise: "A command takes effect only if the commit that asked for it stands",
    how: "at most once",
    invariants: ["S3"],
    faults: ["crashBefore", "crashAfter", "pause"],
    means:
      "No step runs, no child starts and no parent hears of what a turn wanted that lost its race or died half-way. Inline steps are the exception, and are documented as such.",
    tests: [
      ["test/store/commitsContract.ts", "lets the messages of the winners be acted on"],
      ["test/simulation/simulation.test.ts", "holds all invariants"]
    ]
  },
  {
    promise: "A sleep or time-out fires once, and not before its time",
    how: "exactly once",
    invariants: ["S9"],
    faults: ["lateTimer", "doubleTimer", "lostTimer"],
    means:
      "Late by milliseconds on SQLite, by up to a second or two on SQS. One that its scheduler has lost is put by the sweeper, some minutes late.",
    tests: [
      ["test/simulation/regressions.test.ts", "plans that found a bug once"],
      ["test/store/timersContract.ts", "clears a timer"],
      ["test/streams/processes.test.ts", "a timer in the hands of a process that is killed"],
      ["test/rig/stack.test.ts", "a long timer is a schedule of the stack"]
    ]
  },
  {
    promise: "A signal is received once, and kept until it is",
    how: "exactly once",
    invariants: ["S1", "S4"],
    faults: ["duplicateRecords", "delayedRecords", "crashAfter"],
    means:
      "By its id. It may be sent before the workflow waits for it. Signals of different senders come in the order in which the run adopts them.",
    tests: [
      ["test/property/replay.test.ts", "replays every prefix"],
      ["test/client/client.test.ts", "signal"],
      ["test/rig/insideRuns.test.ts", "nothing twice"]
    ]
  },
  {
    promise: "A child's outcome reaches its parent",
    how: "exactly once",
    invariants: ["S10"],
    faults: ["trimmedRecords", "crashAfter"],
    means:
      "Also if the child's host dies between its last commit and the telling. A cancelled parent cancels its children.",
    tests: [
      ["test/streams/children.test.ts", "child runs over restarts"],
      ["test/simulation/simulation.test.ts", "holds all invariants"],
      ["test/rig/stack.test.ts", "children are started and answer"]
    ]
  },
  {
    promise: "What a run shows is what it had set by its last commit",
    how: "exactly once",
    invariants: ["S22"],
    subject: "state",
    faults: ["crashAfter", "pause"],
    means:
      "A state changes with the commit of the turn that set it, and with nothing else; of several values of one turn the last is seen. It is there after the end. Who has seen a value sees no older one later. A value that stood only between two looks of `client.watch` is not seen.",
    tests: [
      ["test/simulation/simulation.test.ts", "holds all invariants"],
      ["test/client/state.test.ts", "is read as of the last commit, small and large, and after the end"]
    ]
  },
  {
    promise: "An update that was accepted has one answer",
    how: "exactly once",
    invariants: ["S23"],
    subject: "update",
    faults: ["crashAfter", "lostAnswer", "crashBefore"],
    means:
      "It is handled once, in the order in which it was adopted, or refused; the answer is the same whoever asks, how often and when, by its id, also when the run has ended. A run that ends without having answered says so. What the steps of a handler do is promised as of other steps. A run that is parked answers when it can go on.",
    tests: [
      ["test/simulation/simulation.test.ts", "holds all invariants"],
      ["test/client/update.test.ts", "under an id is one update"],
      ["test/streams/repliesAgain.test.ts", "an answer that has not been put is read from the head"],
      ["test/rig/insideRuns.test.ts", "updates by whichever generation is there"]
    ]
  },
  {
    promise: "What runs send each other follows their commits",
    how: "exactly once",
    invariants: ["S25"],
    subject: "otherRuns",
    faults: ["crashAfter", "lostAnswer"],
    means:
      "A signal that a body sends is sent if the turn's commit stands and not otherwise, and signals of one run to another are received in their order. Nothing is sent to a run that is not there or has ended; the log says so. A run that waits for another's end is told that end, once, or by type that there is no such run. Where a host dies at the last commit of a run and nobody reads the stream for a day after it, what that turn sent is lost.",
    tests: [
      ["test/simulation/simulation.test.ts", "holds all invariants"],
      ["test/client/otherRuns.test.ts", "reach a parent in their order, and before its child's end"],
      ["test/streams/otherRunsAgain.test.ts", "is put again by a turn that did not write it"]
    ]
  },
  {
    promise: "What a run emits to its output streams is read",
    how: "exactly once",
    invariants: ["S24"],
    subject: "output",
    faults: ["crashBefore", "crashAfter", "lostAnswer"],
    means:
      "Each value once, in order and without holes, however hosts die and however often it is asked for. What a body emits is there if the turn's commit stands and not otherwise; what a step emits is there before its outcome. A step may be executed more than once, and each execution is told from the others: a reader sees what stands, and is told what was superseded. Whoever is told the end has seen all of it. Where a host dies at the last commit of a run and nobody reads the table's stream for a day after it, what that turn emitted is lost. It is lost as well where a host dies there and an object of that run's history cannot be read in the seconds after: the stream ends, and the log names it.",
    tests: [
      ["test/simulation/simulation.test.ts", "holds all invariants"],
      ["test/client/streams.test.ts", "bring what body and steps emit, live, in order, and end with the run"],
      ["test/streams/outputAgain.test.ts", "is appended by the next host if the one that committed it has died"]
    ]
  },
  {
    promise: "What succeeded is undone in reverse, if the run fails or is cancelled",
    how: "exactly once",
    invariants: ["S14"],
    faults: ["crashBefore", "crashAfter"],
    means:
      "Each compensation has one accepted outcome, whatever dies in between. A second cancellation does not disturb it.",
    tests: [
      ["test/property/replay.test.ts", "what was registered is undone in reverse"],
      ["test/streams/compensation.test.ts", "compensations"]
    ]
  },
  {
    promise: "Code that no longer fits its history is found out",
    how: "reported",
    invariants: ["S5"],
    subject: "changedCode",
    faults: ["changedCode"],
    means:
      "Before it does anything: the run is parked with the command that differs, and goes on when the code is right again. Not found out: a change that asks for the same steps with the same input and does something else with the answers.",
    tests: [
      ["test/property/divergence.test.ts", "is parked exactly where it first parts from its history"],
      ["test/property/divergence.test.ts", "leaves no trace"],
      ["test/rig/operations.test.ts", "whether runs under way would go on with changed code is told"]
    ]
  },
  {
    promise: "A callback takes one answer, by the token that was signed for it",
    how: "exactly once",
    invariants: ["S20"],
    subject: "callbacks",
    faults: ["lostAnswer", "crashAfter"],
    means:
      "While it is open, and before its token expires; each refusal has a type of its own and changes nothing. An answer that comes before the callback's own commit is kept for it. Asked again with the same id, the answer is the same.",
    tests: [
      ["test/simulation/simulation.test.ts", "holds all invariants"],
      ["test/client/callbacks.test.ts", "each answer that is not taken says why, and changes nothing"],
      ["test/rig/insideRuns.test.ts", "callbacks are answered by their token alone"]
    ]
  },
  {
    promise: "An answer reaches the wait that it is for, and no other",
    how: "exactly once",
    invariants: ["S21"],
    subject: "answers",
    faults: ["crashAfter", "duplicateRecords"],
    means:
      "A signal that says what it is for is received by who waits for that. One that nobody asks for is kept, and `client.get` tells of it, also once the run has ended.",
    tests: [
      ["test/simulation/simulation.test.ts", "holds all invariants"],
      ["test/client/signals.test.ts", "that nobody has asked for yet are told"]
    ]
  },
  {
    promise: "Code of a step is stopped where nobody waits for it any more, and only there",
    how: "in time",
    invariants: ["S26"],
    subject: "takesItsTime",
    faults: ["crashAfter", "pause", "duplicateMessage"],
    means:
      "At once in the process whose commit says so, elsewhere with the next renewal of its message. What a heartbeat has told reaches the next attempt. A step that is to begin no attempt twice does not, whatever dies.",
    tests: [
      ["test/simulation/simulation.test.ts", "holds all invariants"],
      ["test/streams/stopped.test.ts", "and not before: a step that is waited for runs on"],
      ["test/streams/recoverLost.test.ts", "is sent as the attempt that was begun last where attempts are marked"]
    ]
  },
  {
    promise: "What a step with `transaction` writes is written together with its outcome",
    how: "exactly once",
    invariants: ["S35"],
    subject: "writesTogether",
    faults: ["crashAfter", "lostAnswer", "duplicateMessage"],
    means:
      "To DynamoDB, or to tables of the user's own in the engine's file: all of it and the outcome stand, or nothing does, whatever dies and however often the step's message comes. Its code may run more than once, and what it does besides is its own affair. Shown under more than 10,000 crashes of hosts by a command (`npm run crash:transactions -- --kills 10000`; [what it found](guide/transactions.md#a-step-whose-effect-is-writes)).",
    tests: [
      ["test/simulation/simulation.test.ts", "holds all invariants"],
      ["test/store/putWithContract.ts", "lets one of many win, with what it writes and nothing of the others"],
      ["test/streams/transactions.test.ts", "is written once, however often the answer is lost"],
      ["test/rig/transactions.test.ts", "a transfer whose condition does not hold fails its run"]
    ]
  },
  {
    promise: "A start or a signal in a transaction of the user's is there together with the rest of that",
    how: "exactly once",
    invariants: ["S38"],
    subject: "orders",
    faults: ["crashAfter", "lostAnswer"],
    means:
      "`startItem` and `signalItem` in a `TransactWriteCommand`, `startStatements` and `signalStatements` in a transaction on the engine's file: the run and the order's row, or neither, however often the same is asked for and whatever dies. The run begins as any other. Nothing is put into a run that has ended by then; who asks why a transaction was refused is told what stands in its way. In the simulated world for DynamoDB; for the file by the tests.",
    tests: [
      ["test/simulation/simulation.test.ts", "holds all invariants"],
      [
        "test/client/transactions.test.ts",
        "the same run again, and another one, keep the order's item out and are told apart"
      ],
      ["test/client/transactions.test.ts", "nothing of it is there where the transaction is not"],
      ["test/rig/transactions.test.ts", "a run starts with the order's row and not without it"]
    ]
  },
  {
    promise: "No more hold a place of a limit at once than it has, and who waits for one gets it",
    how: "survives",
    invariants: ["S36"],
    subject: "limits",
    faults: ["crashAfter", "pause", "duplicateMessage"],
    means:
      "Of each key, by what is on record: a place is held from the moment in which it is given until the step has an outcome that its run has heard of, or the run has ended. Who died, was cancelled or terminated gives it back. Not counted: code of a step that runs on although its run has gone on without it; places of a limiter whose own run somebody has ended; a copy of a run (retry, reset, fork), which goes on with the places that were held at its message, and counts for them, where all are taken.",
    tests: [
      ["test/simulation/simulation.test.ts", "holds all invariants"],
      ["test/limits/limits.test.ts", "no more runs of a key go on at once than its limit says"],
      ["test/limits/edges.test.ts", "a rate counts by the clock of the host that gives places"],
      ["test/rig/limits.test.ts", "no more runs of a key go on at once"]
    ]
  },
  {
    promise: "A run that continues as new goes on with all that it was sent",
    how: "exactly once",
    invariants: ["S27"],
    subject: "generations",
    faults: ["crashAfter", "trimmedRecords"],
    means:
      "The next generation begins once, with its input and the signals that nobody had received, in their order. What comes for a generation that is over reaches the newest. Not found again: a row whose sender stood still for more than three days after the generation had ended, and whose doorbell was lost.",
    tests: [
      ["test/simulation/simulation.test.ts", "holds all invariants"],
      ["test/client/continueAsNew.test.ts", "signals are received in their order, whichever generation they find"],
      ["test/rig/insideRuns.test.ts", "updates by whichever generation is there"]
    ]
  },
  {
    promise: "A run that is asked to start once more does, in the order of the requests",
    how: "exactly once",
    invariants: ["S33"],
    subject: "starts",
    faults: ["crashAfter", "lostAnswer", "trimmedRecords"],
    means:
      "Each request begins one start at most, when what runs is over, and begins it unless a later `replace` or `debounce` has taken its place; who waits for one is told of that one. How a start ended stays readable. What was sent behind an acknowledged request is the new start's, what the old one had been sent before it is not. Nothing begins before its time.",
    tests: [
      ["test/simulation/simulation.test.ts", "holds all invariants"],
      ["test/client/startPolicies.test.ts", "a later replace takes the place of starts that have not begun"],
      ["test/rig/operations.test.ts", "starts by every policy and at a time begin when and as often as they are to"]
    ]
  },
  {
    promise: "A time of a schedule is one run",
    how: "exactly once",
    invariants: ["S40", "S1", "S10", "S27"],
    subject: "schedules",
    faults: ["crashAfter", "lostAnswer", "trimmedRecords"],
    means:
      "Its id is the schedule's name and the time: hosts, generations, triggers and ranges that are filled in come to one run of it. A time that has none is told of, and why: skipped, missed, refused. What was not there at its time is made up for as `catchUp` says.",
    tests: [
      ["test/simulation/simulation.test.ts", "holds all invariants"],
      ["test/schedules/schedules.test.ts", "after a day without hosts one run is started"],
      ["test/schedules/edges.test.ts", "a range that was filled in before is told of, and no run is run twice"],
      ["test/schedules/times.test.ts", "two nights"],
      ["test/rig/stack.test.ts", "schedules that the stack names are there after the sweeper's first pass"]
    ]
  },
  {
    promise: "A list has each run once, in one order, by what is committed of it",
    how: "exactly once",
    invariants: ["S13"],
    means:
      "The same runs in the same order on every store, by any filters, page after page; a tag that a body sets is there with its commit, and not before. A list may lag behind by a second, and leave out a run whose state changes while a page of it is read. A cursor of another listing is refused, and never skips a run.",
    tests: [
      ["test/store/runListingContract.ts", "say the same of any runs and filters, in pages of any length"],
      ["test/store/runListingContract.ts", "agree on what stood throughout"],
      ["test/client/tags.test.ts", "are changed by the body, with the commit, and go over to the next generation"],
      [
        "test/rig/operations.test.ts",
        "runs are found by what they are and how far they have come, page by page, and counted"
      ]
    ]
  },
  {
    promise: "Of starts by `debounce` the last of a window begins",
    how: "in time",
    invariants: ["S39"],
    subject: "debounce",
    means:
      "With its input, when nothing has come for as long as its `delay`, and by the `maxDelay` of the first: one body a window, and no code of those whose place was taken. Where the body has begun, it comes after that one's end. Those who wait by `afterFinish` keep their turn, and where one of them comes between two of a window the second begins a window of its own.",
    tests: [
      ["test/simulation/simulation.test.ts", "holds all invariants"],
      ["test/client/debounce.test.ts", "many of them put it off no longer than maxDelay"],
      ["test/client/debounce.test.ts", "leaves those who wait for their turn"],
      ["test/rig/operations.test.ts", "starts by every policy and at a time begin when and as often as they are to"]
    ]
  },
  {
    promise: "A run that was deleted is there for nobody, and nothing brings it back",
    how: "survives",
    invariants: ["S34"],
    subject: "deletions",
    faults: ["crashAfter", "crashBefore", "lostAnswer", "pause"],
    means:
      "Only what has ended is deleted, after those who were to know of its end are told of it. A deletion that its process did not finish is finished by the next pass of a purge. What comes late meets a tombstone until that is over, 14 days unless the caller says otherwise. Other runs keep what they were told, with objects of their own. Not held without a tombstone: what was under way when the run was deleted may stay, or begin it anew.",
    tests: [
      ["test/client/deletion.test.ts", "a run that was deleted is there for nobody, and its id is taken"],
      ["test/client/deletionTells.test.ts", "has its parent told, and who waits for it"],
      ["test/client/retention.test.ts", "a deletion that its process did not finish is finished by the next pass"],
      ["test/client/forgotten.test.ts", "no byte of the file, nor of its log, holds anything of a person"],
      ["test/store/runEraserContract.ts", "deletes all that a run has but its tombstone and its heads"],
      ["test/rig/forgotten.test.ts", "are in no item, index, object or line of a log"]
    ]
  },
  {
    promise: "A run that is retried, reset or forked has been through what it keeps, and runs none of it again",
    how: "exactly once",
    invariants: ["S37"],
    subject: "copies",
    faults: ["crashAfter", "lostAnswer", "tornRead"],
    means:
      "The messages that are kept are those of its source, with the same outcomes (but for those that a fork was given), times and randomness; what they had asked for and got is not asked for again. Of all who ask at once for a retry or reset of one generation one is done, and all are told how it ends. Not kept: what the run had sent to others stays sent, and code that has read its run id before the cut has the source's in a fork.",
    tests: [
      ["test/simulation/simulation.test.ts", "holds all invariants"],
      [
        "test/client/repairs/copies.test.ts",
        "is copied in turn: a fork of a retry of a fork has been through the same"
      ],
      ["test/client/repairs/firstTurn.test.ts", "is taken again when the store is away"],
      ["test/client/repairs/twice.test.ts", "is begun once under two request ids"],
      ["test/rig/operations.test.ts", "runs that have failed go on from where it is worth"]
    ]
  },
  {
    promise: "What `forEachStep` tells adds up",
    how: "reported",
    invariants: ["S28"],
    subject: "many",
    means:
      "Every item has succeeded, failed, was cancelled or not started; the limit that ended it is the one that was passed first.",
    tests: [
      ["test/simulation/simulation.test.ts", "holds all invariants"],
      ["test/many/forEachStep.test.ts", "percent is of all items"]
    ]
  },
  {
    promise: "A paused run stands still",
    how: "survives",
    invariants: ["S30"],
    subject: "pauses",
    faults: ["crashAfter"],
    means:
      "From the commit that pauses it until the one that lets it go on nothing is handed to its body. What has come meanwhile is handed over then, in its order; a cancellation ends the pause. Steps that were asked for before come to their ends.",
    tests: [
      ["test/simulation/simulation.test.ts", "holds all invariants"],
      ["test/client/repair.test.ts", "is handed nothing until it is resumed"],
      ["test/rig/operations.test.ts", "runs stand still, go on, and end by force"]
    ]
  },
  {
    promise: "A run can be ended whatever state it is in",
    how: "exactly once",
    invariants: ["S31"],
    subject: "terminations",
    faults: ["crashAfter"],
    means:
      "A termination takes effect without the run's code. Its history tells of it, its parent and whoever waits for it are told, and children that its end cancels are cancelled. Nothing is compensated. A head that cannot be opened (a codec whose key is gone) cannot be ended.",
    tests: [
      ["test/simulation/simulation.test.ts", "holds all invariants"],
      ["test/client/repair.test.ts", "ends as it stands"],
      ["test/rig/operations.test.ts", "runs stand still, go on, and end by force"]
    ]
  },
  {
    promise: "A run goes one way at all places of a patch",
    how: "survives",
    invariants: ["S29"],
    subject: "patches",
    faults: ["changedCode"],
    means:
      "The new way if it came to the patch with code that has it, and the old way for ever if it had passed it before.",
    tests: [
      ["test/simulation/simulation.test.ts", "holds all invariants"],
      ["test/actor/patched.test.ts", "sends a run that had passed it the old way"]
    ]
  },
  {
    promise: "A run never hangs on a dead step",
    how: "in time",
    invariants: ["L3"],
    faults: ["deadLetter"],
    means:
      "With its retries used up, the step's typed error reaches the workflow. A defect, a time-out or a dead letter is a `StepFailed`: it ends the run, or is handled where the step is called by `orFail`.",
    tests: [
      ["test/streams/processes.test.ts", "a step that takes its process down"],
      ["test/store/stepQueueContract.ts", "makes a message that nobody completes a dead letter"],
      ["test/rig/stack.test.ts", "a step that kills its function again and again becomes a dead letter"]
    ]
  },
  {
    promise: "A bad run holds up no other",
    how: "in time",
    invariants: ["L4"],
    faults: ["splitShard", "changedCode"],
    means:
      "It is parked, and its doorbell acknowledged. An endless loop is stopped after two seconds; in a workflow that has proven itself it costs its process.",
    tests: [
      ["test/streams/badWorkflows.test.ts", "workflow code that never ends"],
      ["test/simulation/simulation.test.ts", "holds all invariants"]
    ]
  },
  {
    promise: "When the trouble is over, everything goes on by itself",
    how: "survives",
    invariants: ["L2", "L5"],
    means:
      "Servers away, hosts dead or standing still, answers lost, messages doubled: nothing needs a hand. What waits, waits for something that `client.get` names.",
    tests: [
      ["test/simulation/simulation.test.ts", "holds all invariants"],
      ["test/streams/storeAway.test.ts", "a store that is away"],
      ["test/rig/stack.test.ts", "runs go on when every environment is a new one"]
    ]
  },
  {
    promise: "Large payloads are there, and are what they were",
    how: "reported",
    invariants: ["S11", "S12"],
    subject: "carries",
    faults: ["missingPayload", "alteredPayload"],
    means:
      "Written and verified before the row that points at them; one that is missing or altered parks the run, which goes on when it is back.",
    tests: [["test/store/payloadsContract.ts", "takes over what is too large for a row, and hands it back checked"]]
  },
  {
    promise: "What one client sends arrives in the order in which it was acknowledged",
    how: "survives",
    invariants: ["S18"],
    faults: ["delayedRecords", "trimmedRecords", "lostAnswer"],
    means:
      "Signals and cancellations of one run, on every store, whatever the client's clock does and in whatever order the run hears of them. A client is one `clientLayer` and lives with its process; on SQLite all clients of the file count as one.",
    tests: [
      ["test/simulation/simulation.test.ts", "holds all invariants"],
      ["test/streams/order.test.ts", "arrive in their order though the host hears of the last one only"],
      ["test/streams/arrival.test.ts", "stands before the next"],
      ["test/rig/stack.test.ts", "large values are objects in the bucket"]
    ]
  },
  {
    promise: "A deadline holds, also while no host is there",
    how: "in time",
    invariants: ["S19", "S9"],
    faults: ["crashBefore", "pause", "lateTimer", "lostTimer"],
    means:
      "Before a message of a time reaches the workflow, all timers due by then have fired, in the order of their dues. What was sent after a time-out was due comes too late, whoever was late. A sender's clock counts up to that of the host; a sender whose clock is behind is believed. A time-out round a step counts from the time of the message that brought the run to it: where no host was there for longer than that since then, it passes before the step is through. `timeout` of the step's own definition counts while the step runs.",
    tests: [
      ["test/actor/logicalTime.test.ts", "so that a signal that was sent after the time-out comes too late"],
      ["test/streams/order.test.ts", "a time-out that was due before a signal was sent wins"],
      ["test/testing/order.test.ts", "holds in all schedules"]
    ]
  },
  {
    promise: "An answer to a client never goes backwards",
    how: "survives",
    invariants: ["S13", "S17"],
    faults: ["slow", "pause", "lostAnswer"],
    means: "Of one run, by `get`, `history` and `wait`. Listings may lag behind by a second on DynamoDB.",
    tests: [["test/simulation/simulation.test.ts", "holds all invariants"]]
  }
]

/** What nobody may rely on. */
export const notPromised: ReadonlyArray<string> = [
  "**Steps exactly once.** Nobody can promise that of code that talks to the world. One accepted outcome, yes; one execution, no.",
  "**Order between messages of different senders.** A run adopts them in an order of its own, and keeps to it.",
  "**Punctual timers.** Not before their time is a promise; how soon after it depends on load, and on SQS's whole seconds.",
  "**Safety from what is done to the table by hand.** Rows that are deleted or edited are not history any more; the run is parked at best.",
  "**More than one region.** A table in two regions has no one head; see docs/deploy.md.",
  "**Secrecy of payloads from those who may read the table.** Payloads are not logged and not indexed; without a codec (docs/guide/encryption.md) dynactor does not encrypt them.",
  "**That AWS behaves as documented.** Adapters are tested on dynoxide, DynamoDB Local and fauxqs, and the protocol on a simulated world that is less kind than Amazon; no test here has run in an account."
]
