// biome-ignore-all lint/suspicious/noTemplateCurlyInString: planted source texts hold template literals
import type { Bug } from "./bug.ts"

const worker = "src/streams/workers/stepWorker.ts"
const execute = "src/streams/steps/executeStep.ts"
const policy = "src/actor/definitions/retryPolicy.ts"
const queue = "src/streams/workers/queueLoop.ts"
const feed = "src/streams/wakeups/feedLoop.ts"
const sweeper = "src/streams/wakeups/sweeper.ts"
const looks = "src/streams/wakeups/looks.ts"
const runs = "src/streams/turns/runs.ts"
const client = "src/client/client.ts"
const start = "src/client/start.ts"
const send = "src/client/send.ts"

/** Loops and workers: doorbells, queue messages, steps, dead letters, the sweeper; and the client. */
export const workerBugs: ReadonlyArray<Bug> = [
  {
    name: "no fence is asked",
    breaks: "S3",
    file: worker,
    find: "  return message.token === null && !cameBefore && !isOld\n",
    replace: "  return !cameBefore && !isOld\n"
  },
  {
    name: "a step that was answered is run again",
    breaks: "S8",
    file: worker,
    find: 'if (cameBefore && (yield* table.readMessage(message.runId, `step/${message.key}`)) !== undefined) return "stale"',
    replace: ""
  },
  {
    name: "a message ahead of its commit is thrown away",
    breaks: "L2",
    file: worker,
    find: '  if (fence === "pending") return yield* handBack(queue, delivery)\n  if (fence === "stale") return yield* queue.complete([delivery])\n  if (message.kind === "step")',
    replace: '  if (fence !== "valid") return yield* queue.complete([delivery])\n  if (message.kind === "step")'
  },
  {
    name: "a stale message is acted on",
    breaks: "S3",
    file: worker,
    find: '  if (fence === "stale") return yield* queue.complete([delivery])\n  if (message.kind === "step")',
    replace: '  if (message.kind === "step")'
  },
  {
    name: "a wake-up wakes nobody",
    breaks: "L2",
    file: worker,
    find: "    yield* runs.ring(message.runId, message.key === undefined ? [] : [message.key])\n",
    replace: ""
  },
  {
    name: "a wake-up is acknowledged before the run is turned",
    breaks: "L1",
    file: worker,
    find: "    yield* runs.ring(message.runId, message.key === undefined ? [] : [message.key])\n    return yield* queue.complete([delivery])",
    replace:
      "    yield* queue.complete([delivery])\n    return yield* runs.ring(message.runId, message.key === undefined ? [] : [message.key])"
  },
  {
    name: "a retry is not counted",
    breaks: "S8",
    file: worker,
    find: "attempt: attempt + 1,",
    replace: "attempt: Math.max(attempt, 1),"
  },
  {
    name: "a retry does not wait",
    breaks: "S8",
    file: worker,
    find: "notBefore: now + execution.delayMs }",
    replace: "notBefore: now }"
  },
  {
    name: "what came too early is not waited for",
    breaks: "S8",
    file: worker,
    find: "  if (message.notBefore > now) return yield* queue.replace(delivery, message)\n",
    replace: ""
  },
  {
    name: "a failed step is completed and not run again",
    breaks: "L2",
    file: worker,
    find: "insist(what, queue.replace(delivery, next))",
    replace: "Effect.andThen(queue.complete([delivery]), insist(what, queue.send([next])))"
  },
  {
    name: "after its execution a step gives up when the store is away",
    breaks: "S8",
    file: "src/streams/fairness/backoff.ts",
    find: "if (!passes(error)) return yield*",
    replace: "if (!passes(error) || attempt > 0) return yield*"
  },
  {
    name: "an attempt too many",
    breaks: "S8",
    file: policy,
    find: "if (attempt >= policy.attempts) return undefined",
    replace: "if (attempt > policy.attempts) return undefined"
  },
  {
    name: "the last attempt never comes to an end",
    breaks: "S8",
    file: policy,
    find: "if (attempt >= policy.attempts) return undefined",
    replace: "if (policy.attempts === 1) return undefined"
  },
  {
    name: "a defect is no outcome",
    breaks: "L2",
    file: execute,
    find: 'return retryOr(step, attempt, defect, "defect", defectText(defect), () =>\n    died(',
    replace: 'return Effect.map(retryOr(step, attempt, defect, "defect", defectText(defect), () =>\n    died(',
    and: [
      {
        file: execute,
        find: "`step ${step.stepName}: ${describeDefect(defect)}`, { thrown: defect })\n  )",
        replace:
          '`step ${step.stepName}: ${describeDefect(defect)}`, { thrown: defect })\n  ), (execution): Execution => execution._tag === "Done" ? { _tag: "Retry", delayMs: 60_000, because: "defect" } : execution)'
      }
    ]
  },
  {
    name: "a dead letter is acknowledged without an outcome",
    breaks: "L3",
    file: worker,
    find: "return yield* answer(runs, delivery, message, stepFailedOutcome(failure), 0)\n})",
    replace: "void failure\n  return yield* queue.complete([delivery])\n})"
  },
  {
    name: "a dead letter is answered whether or not its commit stands",
    breaks: "S3",
    file: worker,
    find: '  if (fence === "pending") return yield* handBack(queue, delivery)\n  if (fence === "stale") return yield* queue.complete([delivery])\n  yield* Effect.logWarning(',
    replace: "  void fence\n  yield* Effect.logWarning("
  },
  {
    name: "dead letters are left alone",
    breaks: "L3",
    file: "src/streams/workers/deadLetterLoop.ts",
    find: "Effect.forEach(deliveries, (delivery) => handleOne(delivery, options), {",
    replace: "Effect.forEach(deliveries.slice(1), (delivery) => handleOne(delivery, options), {"
  },
  {
    name: "an outcome is given up when the run cannot be turned",
    breaks: "L2",
    file: worker,
    find: "      return runs.deliver(runId, [row], [delivery])\n",
    replace: "      return Effect.andThen(queueDone(delivery), runs.deliver(runId, [row], [delivery]))\n",
    and: [
      {
        file: worker,
        find: "/** A message that was received too often:",
        replace:
          "const queueDone = (delivery: Delivery) => Effect.flatMap(StepQueue, (queue) => Effect.ignore(queue.complete([delivery])))\n\n/** A message that was received too often:"
      }
    ]
  },
  {
    name: "a step is stopped by an actor that is behind its command",
    breaks: "L2",
    file: "src/streams/turns/turnRun.ts",
    find: "index > actor.order.length || (actor.outcome",
    replace: "(actor.outcome"
  },
  {
    name: "a step is unwanted while its run is being turned",
    breaks: "L2",
    file: runs,
    find: "      if (mailboxes.has(runId)) return undefined\n",
    replace: ""
  },
  {
    name: "a step is unwanted because of what no commit stands for",
    breaks: "L2",
    file: runs,
    find: "      if (run.head?.adopted !== actor.order.length) return undefined\n",
    replace: ""
  },
  {
    name: "a step that a warm actor does not know is unwanted",
    breaks: "L2",
    file: runs,
    find: 'return actor.ledger.isKnown(id) ? actor.ledger.isOpen("step", stepKey) : undefined',
    replace: 'return actor.ledger.isOpen("step", stepKey)'
  },
  {
    name: "long steps are not hidden for longer",
    breaks: "S8",
    file: queue,
    find: "&& hiddenUntil - now < (visibilityMs * 2) / 3",
    replace: "&& hiddenUntil - now < -visibilityMs"
  },
  {
    name: "messages in hand are never let go of",
    breaks: "L2",
    file: queue,
    find: 'if (exit._tag === "Success" || !this.closing) this.inHand.delete(held)',
    replace: 'if (exit._tag === "Success" && this.closing) this.inHand.delete(held)'
  },
  {
    name: "a loop that waits for room is not woken",
    breaks: "L2",
    file: queue,
    find: "    wake?.()\n",
    replace: "    void wake\n"
  },
  {
    name: "doorbells are acknowledged before the turn",
    breaks: "L1",
    file: feed,
    find: "rung.pipe((fiber) => awaitFiber(fiber)),",
    replace: "rung.pipe(() => Effect.void),"
  },
  {
    name: "doorbells are never acknowledged",
    breaks: "L2",
    file: feed,
    find: "Effect.catchCause(batch.acknowledge, (cause) =>",
    replace: "Effect.catchCause(batch.doorbells.length > 1 ? Effect.void : batch.acknowledge, (cause) =>"
  },
  {
    name: "of a batch each run hears its last doorbell",
    breaks: "L1",
    file: feed,
    find: "if (keys === undefined) byRun.set(runId, [key])\n    else keys.push(key)",
    replace: "if (keys === undefined || keys.length > 0) byRun.set(runId, [key])\n    else keys.push(key)"
  },
  {
    name: "room for doorbells leaks",
    breaks: "L2",
    file: feed,
    find: "Effect.ensuring(room.release(keys.length))",
    replace: "Effect.ensuring(room.release(1))"
  },
  {
    name: "parked runs are never tried again",
    breaks: "L2",
    file: sweeper,
    find: "for (const status of sweptStatuses) {",
    replace: 'for (const status of ["running"] as const) {'
  },
  {
    name: "the sweeper skips running runs",
    breaks: "L1",
    file: sweeper,
    find: "for (const status of sweptStatuses) {",
    replace: 'for (const status of ["parked"] as const) {'
  },
  {
    name: "the sweeper overlooks unread rows",
    breaks: "L1",
    file: sweeper,
    find: "if (unread.length > 0 || stored.head.notices) {",
    replace: "if (lost.length > 0 || stored.head.notices) {"
  },
  {
    name: "the sweeper does not look for lost timers",
    breaks: "L2",
    file: sweeper,
    find: "const lost = yield* putLostTimers(runId, stored.head)",
    replace: "const lost: ReadonlyArray<string> = []"
  },
  {
    name: "a lost timer is put under another time",
    breaks: "L2",
    file: sweeper,
    find: "const row = { kind, key, due, at: now } as const",
    replace: "const row = { kind, key, due: now, at: now } as const",
    equivalent:
      "The row brings its time, which is not before the timer's: the timer fires as time passes, at its own due, and the row is set aside"
  },
  {
    name: "a timer counts as lost before its time",
    breaks: "none",
    file: sweeper,
    find: 'if (kind !== "timer" || due > now - timerGraceMs) continue\n    const row = { kind, key, due, at: now } as const',
    replace:
      'if (kind !== "timer" || due > now + timerGraceMs) continue\n    const row = { kind, key, due: Math.min(due, now), at: now } as const',
    equivalent:
      "The due time is part of the row's key. A row with another one than the command's is set aside (`judge`), one that is put early is not ready before its time (`readyMessages`): nothing acts that would not have acted. With a bug that lets any timer of a key answer it is one: see the pairs."
  },
  {
    name: "a run is looked at once and never again",
    breaks: "L2",
    file: looks,
    find: "delayMs < longestLookMs; delayMs *= 2) {",
    replace: "delayMs < longestLookMs; delayMs += longestLookMs) {",
    and: [
      {
        file: looks,
        find: "return lastAt > after && lastAt >= hourlyFrom",
        replace: "return lastAt > after && lastAt < hourlyFrom"
      }
    ]
  },
  {
    name: "a run that the sweeper has pushed is not looked at again soon",
    breaks: "L2",
    file: looks,
    find: "    if (!hasFound) return\n",
    replace: '    if (!hasFound || runId !== "") return\n'
  },
  {
    name: "the sweeper forgets what was due while it was on its way",
    breaks: "L2",
    file: looks,
    find: "const after = before === undefined ? {} : { after: Math.min(before.to, now) }",
    replace: "const after = before === undefined ? {} : { after: now - 1 }"
  },
  {
    name: "a start with another input counts as the same",
    breaks: "S1",
    file: start,
    find: "if (there.fingerprint === asked.fingerprint) return true",
    replace: "return true"
  },
  {
    name: "a signal to a run that has ended is accepted",
    breaks: "S1",
    file: send,
    find: "if (head !== undefined && isTerminal(head.status)) {",
    replace: 'if (head !== undefined && isTerminal(head.status) && head.status !== "succeeded") {'
  },
  {
    name: "a signal to no run is accepted",
    breaks: "S1",
    file: "src/client/openNewest.ts",
    find: 'if (start?.kind !== "start" || newest.deleted !== undefined)',
    replace: 'if (runId === "")'
  },
  {
    name: "a start whose answer was lost is a conflict",
    breaks: "S1",
    file: start,
    find: "  if (yield* isSameInput(workflow, asked, there)) return first\n",
    replace: ""
  },
  {
    name: "a run that has not begun is no run",
    breaks: "S1",
    file: "src/client/openNewest.ts",
    find: 'if (start?.kind !== "start" || newest.deleted !== undefined)',
    replace: "if (runId !== undefined)"
  },
  {
    name: "a run that is parked takes no messages",
    breaks: "S1",
    file: send,
    find: "if (head !== undefined && isTerminal(head.status)) {",
    replace: 'if (head !== undefined && head.status !== "running") {'
  },
  {
    name: "the newest run is not listed",
    breaks: "S13",
    file: client,
    find: "(table) => table.list(query))",
    replace: "(table) => Effect.map(table.list(query), (page) => ({ ...page, runs: page.runs.slice(1) })))"
  },
  {
    name: "each asking sends a signal of its own",
    breaks: "S1",
    file: send,
    find: "const id = options.id ?? (yield* freshId)",
    replace: "const id = options.id === undefined ? yield* freshId : `${options.id}-${(yield* freshId).slice(0, 4)}`"
  },
  {
    name: "a signal is acknowledged before it is durable",
    breaks: "S1",
    file: send,
    find: "  const put = yield* table.put(address, ordered)\n",
    replace:
      '  yield* Effect.forkDetach(Effect.ignore(table.put(address, ordered)))\n  const put = { _tag: "Inserted" as const }\n'
  },
  {
    name: "a message that was accepted comes too late, asked again after the end",
    breaks: "S1",
    file: send,
    find: "return { there: there ?? (yield* tooLate(runId, newest, what)), head }",
    replace: "void there\n    return yield* tooLate(runId, newest, what)"
  },
  {
    name: "a signal that is sent again is a conflict with itself",
    breaks: "S1",
    file: send,
    find: "if (!isOther && (yield* isSame(there.payload, payload, fingerprint))) return",
    replace: ""
  },
  {
    name: "a run is described by its start alone",
    breaks: "S13",
    file: "src/client/describe.ts",
    find: "      messages: head.adopted,",
    replace: "      messages: head.tail.length,"
  }
]
