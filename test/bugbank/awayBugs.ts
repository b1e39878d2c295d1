import type { AdapterBug, Bug } from "./bug.ts"

const aws = "src/store/aws"
const workers = "src/streams/workers"
const turns = "src/streams/turns"
const lambda = "src/streams/lambda"

/**
 * Bugs of what becomes of runs where a service is away for long, takes nobody's credentials, or refuses something of one run, for schedules on the wire. Each was described before it was tried.
 */
export const awayBugs: ReadonlyArray<Bug> = [
  {
    name: "credentials that are not taken count as a fault of the deployment",
    breaks: "L4",
    file: `${aws}/calls/awsCall.ts`,
    find: `      case "away":
      case "credentials":
        return undefined
      case "content":
        return refusalOf(operation, error)
      case "deployment":`,
    replace: `      case "away":
        return undefined
      case "content":
        return refusalOf(operation, error)
      case "credentials":
      case "deployment":`
  },
  {
    name: "of credentials only the names that DynamoDB has for them are known",
    breaks: "L4",
    file: `${aws}/calls/awsErrors.ts`,
    find: "  /ExpiredToken|RequestExpired|TokenRefreshRequired|InvalidToken|UnrecognizedClient|InvalidClientTokenId|InvalidAccessKeyId|",
    replace: "  /ExpiredTokenException|UnrecognizedClient|"
  },
  {
    name: "a signature whose time is over is taken for a refusal",
    breaks: "L4",
    file: `${aws}/calls/awsErrors.ts`,
    find: "|InvalidSignature|SignatureDoesNotMatch|IncompleteSignature|",
    replace: "|IncompleteSignature|"
  },
  {
    name: "a message that waits for a store counts its receipts until it is a dead letter",
    breaks: "L3",
    file: `${workers}/stepWorker.ts`,
    find: "    return delivery.receives <= mostInVain\n",
    replace: "    return delivery.receives <= 1_000 * mostInVain\n"
  },
  {
    name: "a message that waits for a commit counts its receipts until it is a dead letter",
    breaks: "L3",
    file: `${workers}/stepWorker.ts`,
    find: "  if (receives <= mostInVain) return yield* queue.release(",
    replace: "  if (receives <= 1_000 * mostInVain) return yield* queue.release("
  },
  {
    name: "an outcome that the store is away for is let go after ten tries",
    breaks: "S8",
    file: "src/streams/fairness/backoff.ts",
    find: "    if (!passes(error)) return",
    replace: "    if (!passes(error) || attempt > 10) return"
  },
  {
    name: "a right that is lacking fails the step whose outcome is at hand",
    breaks: "L4",
    file: "src/streams/fairness/backoff.ts",
    find: "  error instanceof StoreUnavailable || (error instanceof StoreRefused && error.mend !== undefined)",
    replace: '  error instanceof StoreUnavailable || (error instanceof StoreRefused && error.mend === "")'
  },
  {
    name: "an inline step fails for a right that is lacking",
    breaks: "L4",
    file: `${turns}/inlineSteps.ts`,
    find: "    refused.mend === undefined\n",
    replace: '    refused.operation !== ""\n'
  },
  {
    name: "a step fails whose input may not be read now",
    breaks: "L4",
    file: `${workers}/stepWorker.ts`,
    find: `      if (failure._tag === "StoreUnavailable" || failure._tag === "StoreRefused")`,
    replace: `      if (failure._tag === "StoreUnavailable")`
  },
  {
    name: "an item that DynamoDB never takes is asked for again for ever",
    breaks: "L4",
    file: `${aws}/calls/awsCall.ts`,
    find: `sortError("dynamodb", error) === "content" ? refusalOf`,
    replace: `sortError("dynamodb", error) === "quota" ? refusalOf`
  },
  {
    name: "a run whose head is refused is left as it is, and says nothing",
    breaks: "L1",
    file: `${turns}/turnRun.ts`,
    find: `    return refused?._tag === "StoreRefused"
      ? parkRefused(runId, refused, work, options)`,
    replace: `    return refused?._tag === "StoreRefused"
      ? Effect.succeed("settled" as const)`
  },
  {
    name: "a run that is parked for a refusal is tried with nothing in hand only",
    breaks: "S1",
    file: `${turns}/parkRun.ts`,
    find: `  yield* putRows(runId, work)
  const table = yield* RunTable`,
    replace: `  work.rows = []
  const table = yield* RunTable`
  },
  {
    name: "a dead letter whose run cannot be told now is done with",
    breaks: "L3",
    file: `${workers}/stepWorker.ts`,
    find: `  instruments.deadLetters.add(options.services, 1, message.name)`,
    replace: `  instruments.deadLetters.add(options.services, 1, message.name)
  yield* queue.complete([delivery])`
  }
]

/** Those of them that take a moment which the world seldom has. */
export const seldomAwayBugs: ReadonlyArray<AdapterBug> = [
  {
    name: "what SQS refuses of an entry that goes alone is refused for good, whatever it is",
    file: `${aws}/queue/sqsStepQueue.ts`,
    find: `  return error.mend === undefined ? "content" : "deployment"`,
    replace: `  return "content"`,
    test: "store/aws/sqsStepQueue.test.ts",
    noticedBy: "gives up no message that goes alone for what can be put right"
  },
  {
    name: "a batch that SQS refuses by a name that is seldom fails all who have an entry in it",
    file: `${aws}/queue/sqsStepQueue.ts`,
    find: `/ReceiptHandleIsInvalid/.test(error.name) || sortError("sqs", error) === "content"`,
    replace: `/ReceiptHandleIsInvalid|InvalidMessageContents/.test(error.name)`,
    test: "store/aws/sqsStepQueue.test.ts",
    noticedBy: "fails nobody but whose message it is, whatever a batch is refused by"
  },
  {
    name: "a message that takes another's place forgets that its step may have run",
    file: `${workers}/ownMessage.ts`,
    find: "{ ...message, notBefore, cameBefore: true }",
    replace: "{ ...message, notBefore }",
    test: "streams/waitsAsItsOwn.test.ts",
    noticedBy: "and from then on as a message of its own"
  },
  {
    name: "whoever has a message that took another's place does not look for an answer",
    file: `${workers}/stepWorker.ts`,
    find: `  receives > 1 || (message.kind === "step" && message.cameBefore === true)`,
    replace: "  receives > 1 && message.kind.length > 0",
    test: "streams/waitsAsItsOwn.test.ts",
    noticedBy: "whoever has a message that took another's place looks for an answer before the step runs"
  },
  {
    name: "what waits for a store at the end of a function's time keeps its count of receipts",
    file: `${lambda}/queueHandler.ts`,
    find: "      Effect.provideService(Place, { leave: () => waiting.add(messageId), claim }),",
    replace: "      Effect.provideService(Place, { leave: () => undefined, claim }),",
    test: "streams/lambda/queueHandler.test.ts",
    noticedBy: "what waits for a store when the time is up goes on as a message of its own"
  },
  {
    name: "a message that SQS has not deleted is not deleted again",
    file: `${aws}/queue/sqsStepQueue.ts`,
    find: '      if (attempt === batchAttempts)\n        return yield* unavailableFor("StepQueue.complete"',
    replace: '      if (attempt >= 1)\n        return yield* unavailableFor("StepQueue.complete"',
    test: "store/aws/sqsStepQueue.test.ts",
    noticedBy: "deletes again what SQS did not delete, of each queue, and nothing else"
  },
  {
    name: "what was sent in the place of a message that cannot be deleted is sent once more",
    file: `${workers}/stepWorker.ts`,
    find: '  if (away.operation === "StepQueue.complete") return yield* away\n',
    replace: "",
    test: "streams/waitsAsItsOwn.test.ts",
    noticedBy: "but what is seen to and cannot be deleted comes back as it is"
  },
  {
    name: "a look through the table waits for a run that does not come to rest, and all behind it with it",
    file: "src/streams/wakeups/lookThrough.ts",
    find: "const patienceMs = 10_000\n",
    replace: "const patienceMs = 10_000_000\n",
    test: "streams/heldUpLooks.test.ts",
    noticedBy: "a look through the table that meets a run which does not come to rest hands it to the queue"
  },
  {
    name: "a run that the queue did not take counts as handed to it",
    file: "src/streams/wakeups/handToQueue.ts",
    find: '    if (refused.value._tag === "StoreUnavailable") return yield* refused.value\n',
    replace: '    if (refused.value._tag === "StoreUnavailable") return true\n',
    test: "streams/heldUpLooks.test.ts",
    noticedBy: "a look through the table that meets a run which does not come to rest waits for it as long as the queue"
  },
  {
    name: "a pass of the sweeper waits for a run that does not come to rest",
    file: "src/streams/wakeups/sweeper.ts",
    find: "const patienceMs = 30_000\n",
    replace: "const patienceMs = 30_000_000\n",
    test: "streams/heldUpLooks.test.ts",
    noticedBy: "a pass of the sweeper that meets a run which does not come to rest looks at the others"
  },
  {
    name: "credentials of a role that are not given out count as a lacking right",
    file: `${aws}/calls/awsErrors.ts`,
    find: "const assumesRole = /not authorized to perform: sts:AssumeRole/i",
    replace: "const assumesRole = /^sts:AssumeRole$/i",
    test: "store/aws/awsErrors.test.ts",
    noticedBy: "what AWS answers"
  }
]
