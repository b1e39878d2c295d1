import { lastMoment } from "../../actor/calls/sleep.ts"
import { lineText, type WaitingFor, type WaitingForPlace } from "../../store/reading/waitingFor.ts"
import type { WhyWait } from "../shapes/why.ts"
import { commandLine, lengthText, momentText } from "./words.ts"

/** Who waits, and what has come for it and was not taken yet. */
export interface WaitFacts {
  readonly runId: string
  readonly now: number
  /** Keys of rows that no turn has adopted. */
  readonly unadopted: ReadonlySet<string>
}

type Other = Exclude<WaitingFor, { readonly kind: "step" | "child" | "run" }>

/** All that a run can wait for but steps and other runs. */
export const whyOther = (wait: Other, facts: WaitFacts): WhyWait => {
  switch (wait.kind) {
    case "timer":
      return whyTimer(wait, facts)
    case "signal":
      return whySignal(wait, facts)
    case "callback":
      return whyCallback(wait, facts)
    case "update":
      return {
        cause: "update",
        key: wait.name,
        sentence: `It takes update ${wait.name}.`,
        todo: `If that is what it waits for: ${commandLine("update", facts.runId, wait.name, "--input", "<JSON>")}`
      }
    case "limit":
      return whyPlace(wait, facts)
    case "cancellation":
      return {
        cause: "cancellation",
        sentence: "It sleeps without end, until it is cancelled.",
        todo: `If it is to end: ${commandLine("cancel", facts.runId)}`
      }
  }
}

/** A timer that is a few seconds late is about to be heard of. */
const lateMs = 10_000

const whyTimer = ({ due, key }: Extract<Other, { kind: "timer" }>, { now }: WaitFacts): WhyWait => {
  const at = due.getTime()
  // Past what dates can say.
  if (at >= lastMoment)
    return { cause: "timer", key, sentence: `Its ${timerText(key)} is due at no time that a clock will show.` }
  if (now - at <= lateMs)
    return { cause: "timer", key, until: at, sentence: `Its ${timerText(key)} is due at ${momentText(at, now)}.` }
  return {
    cause: "lagging",
    key,
    until: at,
    sentence: `Its ${timerText(key)} was due at ${momentText(at, now)}, and no turn has heard of it.`,
    todo: "See whether a host is running on this store; on AWS, whether the step queue is read, and whether Scheduler may send to it (dynactor doctor)."
  }
}

/** Timers are named by their length: `604800000ms#0` is one of 7 days. */
const timerText = (key: string): string => {
  const ms = /^(\d+)ms\b/.exec(key)?.[1]
  return ms === undefined ? `timer ${key}` : `timer of ${lengthText(Number(ms))} (${key})`
}

const whySignal = (wait: Extract<Other, { kind: "signal" }>, { runId, unadopted }: WaitFacts): WhyWait => {
  const { for: correlation, name } = wait
  const what = `signal ${name}${correlation === undefined ? "" : ` for ${correlation}`}`
  const hasCome = [...unadopted].some((key) => key.startsWith(`signal/${name}/`))
  if (hasCome)
    return {
      cause: "lagging",
      key: name,
      sentence: `It waits for ${what}. One of that name has come, and no turn has taken it yet.`,
      todo: "If this stays so, no host is turning this run: see whether one is running (dynactor doctor)."
    }
  const more = correlation === undefined ? [] : ["--for", correlation]
  return {
    cause: "signal",
    key: name,
    sentence: `It waits for ${what}, and nobody has sent one that it has not read.`,
    todo: `Send it: ${commandLine("signal", runId, name, ...more, "--payload", "<JSON>")}`
  }
}

const whyPlace = (wait: WaitingForPlace, { now }: WaitFacts): WhyWait => {
  const { held, place, queued, runId, until } = wait
  const hold = held === undefined || held === 0 ? "" : ` ${held === 1 ? "1 is" : `${held} are`} held.`
  const rate = until === undefined ? "" : ` Its rate lets nobody have one until ${momentText(until.getTime(), now)}.`
  return {
    cause: "limit",
    key: place,
    runId,
    ...(until === undefined ? {} : { until: until.getTime() }),
    sentence: `It waits for a place of limit ${place}${lineText(wait)}.${hold}${rate}`,
    todo:
      queued === undefined
        ? `If this stays so, no host is turning the limiter: ${commandLine("why", runId)}`
        : `It goes on when it has one. Who holds them: ${commandLine("limits", "get", place)}`
  }
}

const whyCallback = (wait: Extract<Other, { kind: "callback" }>, { now, unadopted }: WaitFacts): WhyWait => {
  const { expires, key, name } = wait
  if (unadopted.has(`callback/${key}`))
    return {
      cause: "lagging",
      key,
      sentence: `Callback ${key} was answered, and no turn has taken the answer yet.`,
      todo: "If this stays so, no host is turning this run: see whether one is running (dynactor doctor)."
    }
  const at = expires?.getTime()
  const until = at === undefined ? "" : ` Its token is good until ${momentText(at, now)}.`
  return {
    cause: "callback",
    key,
    ...(at === undefined ? {} : { until: at }),
    sentence: `It waits for callback ${key}: whoever was given its token has not answered.${until}`,
    todo: `Ask whoever got the token of ${name}, or answer with it: ${commandLine("complete", "<TOKEN>", "--payload", "<JSON>")}`
  }
}
