import { toldText } from "../../actor/values/sealed.ts"
import type { StepMark } from "../../store/beside/stepMarks.ts"
import type { QueuedStep } from "../../store/reading/queuedStep.ts"
import type { WaitingForStep } from "../../store/reading/waitingFor.ts"
import type { WhyWait } from "../shapes/why.ts"
import { commandLine, momentText, sinceText } from "./words.ts"

/** What is known of a step that a run waits for. */
export interface StepFacts {
  readonly wait: WaitingForStep
  /** Of its message. Undefined: nobody can look into the queue, or there is none. */
  readonly queued: QueuedStep | undefined
  readonly canLook: boolean
  readonly mark: StepMark | undefined
  /** Its outcome is there, and no turn has adopted it. */
  readonly hasAnswer: boolean
  /** Is there code for it at hand? Undefined: no steps were given. */
  readonly isKnown: boolean | undefined
  readonly now: number
}

/** A message is taken within milliseconds where a worker is free. */
const soonMs = 5_000

export const whyStep = (facts: StepFacts): WhyWait => {
  const { hasAnswer, isKnown, wait } = facts
  const { key, name } = wait
  if (hasAnswer)
    return {
      cause: "lagging",
      key,
      sentence: `Step ${key} has its outcome, and no turn has taken it over yet.`,
      todo: "If this stays so, no host is turning this run: see whether one is running, and whether it reads the table's stream (dynactor doctor)."
    }
  const told = { ...(dead(facts) ?? running(facts) ?? retrying(facts) ?? queued(facts) ?? unseen(facts)), key }
  if (isKnown !== false) return told
  return {
    ...told,
    cause: "unknownStep",
    sentence: `${told.sentence} The code at hand has no step ${name}.`,
    todo: `Register step ${name} with the host: one that does not know it hands its message back a few times, and then the step fails with reason unknownStep.`
  }
}

const dead = ({ queued, wait: { key } }: StepFacts): WhyWait | undefined =>
  queued?.isDead !== true
    ? undefined
    : {
        cause: "deadLetter",
        sentence: `The message of step ${key} was received too often without an outcome, and is a dead letter: workers died at it, or handed it back each time.`,
        todo: "A host makes a failure of it (StepFailed, reason deadLetter), which the workflow can handle. Look for workers that died at this step first."
      }

const running = (facts: StepFacts): WhyWait | undefined => {
  const { mark, now, queued, wait } = facts
  const { key } = wait
  const failed = failures(facts)
  if (queued?.owner !== undefined && queued.visibleAt > now) {
    const began = mark?.attempt === queued.attempt ? ` It was last heard of at ${momentText(mark.at, now)}.` : ""
    return {
      cause: "stepRunning",
      sentence: `${failed}Attempt ${queued.attempt} of step ${key} is in the hands of process ${queued.owner}: at work, or waiting there for a free place.${began} If that process is gone, another one takes the step from ${momentText(queued.visibleAt, now)} on.`
    }
  }
  if (queued !== undefined) return undefined
  // Of a queue that nobody can look into the process that has it knows, and is asked here.
  if (wait.worker !== undefined) {
    const attempt = wait.attempt ?? 1
    const began = mark?.attempt === attempt ? ` It was last heard of at ${momentText(mark.at, now)}.` : ""
    return {
      cause: "stepRunning",
      sentence: `${failed}Attempt ${attempt} of step ${key} is in the hands of process ${wait.worker}: at work, or waiting there for a free place.${began} If that process is gone, another one takes the step once its claim has ended.`
    }
  }
  if (mark === undefined || mark.expired === true) return undefined
  return {
    cause: "stepRunning",
    sentence: `${failed}Attempt ${mark.attempt} of step ${key} has begun, and was last heard of at ${momentText(mark.at, now)}.`
  }
}

/** With a space behind it. */
const failures = ({ queued, wait }: StepFacts): string => {
  const number = queued?.attempt ?? wait.attempt ?? 1
  const error = queued?.lastError ?? wait.lastError
  if (number === 1) return ""
  const last = error === undefined ? "" : `, the last time with: ${toldText(error)}`
  return `Step ${wait.key} has failed ${times(number - 1)}${last}. `
}

const retrying = (facts: StepFacts): WhyWait | undefined => {
  const { now, queued, wait } = facts
  const next = queued?.notBefore ?? wait.nextTry?.getTime()
  const number = queued?.attempt ?? wait.attempt ?? 1
  if (number === 1 || next === undefined || (queued !== undefined && now - next > soonMs)) return undefined
  if (now - next > notedMs) return late(facts, next)
  const when = next > now ? "It is tried again at" : "Its next attempt was to begin at"
  return {
    cause: "stepRetrying",
    sentence: `${failures(facts)}${when} ${momentText(next, now)}.`,
    until: next,
    todo: "Mend what the error names: the next attempt goes through by itself."
  }
}

/** Of a queue that nobody can look into: who has an attempt for longer than that is on record. */
const late = (facts: StepFacts, next: number): WhyWait => ({
  cause: "stepRetrying",
  sentence: `${failures(facts)}Its next attempt was to begin at ${momentText(next, facts.now)}, and no process is on record as having it in hand.`,
  until: next,
  todo: `See whether a host with step ${facts.wait.name} is running on this store and has places free (stepConcurrency). ${commandLine("doctor")} looks at the queue.`
})

/** Ten seconds and a little more. */
const notedMs = 30_000

const queued = (facts: StepFacts): WhyWait | undefined => {
  const { now, queued, wait } = facts
  const { key, name } = wait
  if (queued === undefined) return undefined
  const there = Math.max(queued.visibleAt, queued.notBefore)
  if (there > now)
    return {
      cause: "stepQueued",
      sentence: `${failures(facts)}Step ${key} was handed back by a host ${times(queued.receives)}, and is there for a worker again at ${momentText(there, now)}.`,
      until: there,
      todo: `A host hands back a step that it does not know, or whose commit it does not see yet: see its log, and whether step ${name} is registered there.`
    }
  if (now - there < soonMs)
    return { cause: "stepQueued", sentence: `${failures(facts)}Step ${key} waits in the queue for a worker.` }
  const back = queued.receives === 0 ? "" : ` ${heldBefore(queued)}`
  return {
    cause: "noWorker",
    sentence: `${failures(facts)}Step ${key} waits in the queue for a worker ${sinceText(there, now)}, and none has taken it.${back}`,
    todo: `See whether a host with step ${name} is running on this store and has places free (stepConcurrency). ${commandLine("doctor")} looks at the queue.`
  }
}

const heldBefore = ({ owner, receives }: QueuedStep): string =>
  owner === undefined
    ? `It was handed back ${times(receives)}.`
    : `Process ${owner} had it, and has not been heard of since its claim ended: it may be gone.`

const times = (count: number): string => (count === 1 ? "once" : count === 2 ? "twice" : `${count} times`)

const unseen = ({ canLook, wait: { attempt, key, name } }: StepFacts): WhyWait =>
  canLook
    ? {
        cause: "stepUnderWay",
        sentence: `It waits for step ${key}, which has no message in the queue: it runs inside a turn at this moment, or its message was lost.`,
        todo: "If this stays so: a host's sweeper sends lost steps again."
      }
    : {
        cause: "stepUnderWay",
        sentence: `It waits for step ${key}.${attempt === undefined ? "" : " No attempt of it is on record as failed, and no process as having it in hand for ten seconds."} Whether a worker has it now or it waits for one, its queue tells nobody.`,
        todo: `If this takes longer than it should: see whether a host with step ${name} is running, and whether anybody takes messages from the queue (${commandLine("doctor")}).`
      }
