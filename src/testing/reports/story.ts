import type { ParkReason } from "../../actor/errors.ts"
import { placeOfAddress } from "../../actor/history/generation.ts"
import type { Ending, Outcome } from "../../actor/history/outcome.ts"
import { channelText, showChannel } from "../../actor/values/channel.ts"
import { fromPayload } from "../../actor/values/payload.ts"
import type { WorldEvent } from "../world/events.ts"
import { rootRunId } from "../world/schedule.ts"
import { duration, elapsed, payloadText, plural, shorten } from "./text.ts"

const maxLines = 60

/** Longer stories are of loops, mostly. */
const maxUnfolded = 30

/** What happened, a numbered line each: when, and who did what. */
export const storyLines = (events: ReadonlyArray<WorldEvent>, teller = rootRunId): ReadonlyArray<string> => {
  const start = events[0]?.at ?? 0
  const told = events.flatMap((event, index) => {
    const line = lineOf(event, events.slice(0, index))
    return line === undefined
      ? []
      : [
          {
            at: elapsed(event.at - start),
            line: (event.runId === teller ? "" : `[${placeOfAddress(event.runId)}] `) + line
          }
        ]
  })
  const width = told.reduce((most, { at }) => Math.max(most, at.length), 0)
  const numbered = told.map(({ at, line }, index) => `${String(index + 1).padStart(3)}. ${at.padStart(width)}  ${line}`)
  const lines = numbered.length <= maxUnfolded ? numbered : fold(numbered, told)
  if (lines.length <= maxLines) return lines
  const left = `     ... ${plural(lines.length - maxLines, "line")} left out`
  return [...lines.slice(0, maxLines / 2), left, ...lines.slice(-maxLines / 2)]
}

const longestRound = 8
const fewestRounds = 4

/** One round of a loop stands for all of them: rounds are alike but for their numbers. */
const fold = (
  lines: ReadonlyArray<string>,
  told: ReadonlyArray<{ readonly at: string; readonly line: string }>
): ReadonlyArray<string> => {
  const shapes = told.map(({ line }) => line.replace(/\d+/g, "0"))
  const endOfLoop = (from: number, length: number): number => {
    let end = from + length
    while (end < shapes.length && shapes[end] === shapes[end - length]) end++
    return end - ((end - from) % length)
  }
  const folded: Array<string> = []
  for (let from = 0; from < lines.length; ) {
    let [length, end] = [1, from + 1]
    for (let tried = 1; tried <= longestRound && end === from + 1; tried++) {
      const found = endOfLoop(from, tried)
      if (found - from >= tried * fewestRounds) [length, end] = [tried, found]
    }
    folded.push(...lines.slice(from, from + length))
    const more = (end - from) / length - 1
    if (more > 0)
      folded.push(
        `     ... ${length === 1 ? "that" : `these ${length} lines`} ${plural(more, "more time")}, until ${told[end - 1]?.at}`
      )
    from = end
  }
  return folded
}

const lineOf = (event: WorldEvent, before: ReadonlyArray<WorldEvent>): string | undefined => {
  switch (event.kind) {
    case "started": {
      const { from, input, workflow } = event
      const copy =
        from === undefined ? "" : `, as a ${from.how} of ${placeOfAddress(from.address)} at message ${from.count}`
      return `${workflow} starts with ${shorten(payloadText(input))}${copy}`
    }
    case "executed": {
      const { command, attempt, outcome, because, diedAt, lost, paused, unheard } = event
      const again = before.some(
        (one) =>
          one.kind === "executed" &&
          one.lost &&
          one.unheard === undefined &&
          one.command === command &&
          one.attempt === attempt
      )
      const what = outcome === undefined ? `fails and is to be tried again (${because})` : outcomeText(outcome)
      const nth = attempt > 1 ? `, attempt ${attempt},` : ""
      const who = `step ${command.key}${again ? ", executed again," : nth}`
      if (diedAt !== undefined) return `${who} begins; its worker dies at an await of its code${diedAt}`
      if (unheard !== undefined) return `${who} ${what}; nobody hears of it, and the attempt counts as failed`
      return `${who}${paused === true ? " goes on, and" : ""} ${what}${lost ? "; its worker dies before this is written" : ""}`
    }
    case "paused":
      return `step ${event.command.key} begins, and waits at an await of its code${event.place}`
    case "timer": {
      const [length = "0ms"] = event.key.split("#")
      return `the timer of ${duration(Number.parseFloat(length))} fires`
    }
    case "signal":
      return `${showChannel(channelText(event))} comes with ${shorten(payloadText(event.payload))}`
    case "update":
      return `update ${event.name} comes with ${shorten(payloadText(event.payload))}`
    case "updateAnswered":
      return `the answer to update ${event.name} ${outcomeText(event.outcome)}`
    case "cancelAsked":
      return "somebody asks for the run's cancellation"
    case "childAnswered":
      return `child run ${event.key} ${outcomeText(event.outcome)}`
    case "callbackAnswered":
      return `callback ${event.key} ${answerText(event.outcome)}`
    case "continued":
      return "the run continues as new"
    case "ended":
      return `the run ${outcomeText(event.outcome)}`
    case "parked":
      return `the run is parked: ${parkText(event.reason)}`
    default:
      return undefined
  }
}

const answerText = ({ tag, payload }: Outcome): string =>
  `is ${tag === "succeeded" ? "completed" : "failed"} with ${shorten(payloadText(payload))}`

const parkText = ({ _tag }: ParkReason): string => _tag

export const outcomeText = ({ tag, payload }: Ending): string => {
  const text = shorten(payloadText(payload))
  switch (tag) {
    case "succeeded":
      return text === "null" ? "succeeds" : `succeeds with ${text}`
    case "failed":
      return `fails with ${text}`
    case "cancelled":
      return "ends as cancelled"
    case "terminated":
      return "ends as terminated"
    case "continued":
      return "continues as new"
    case "died": {
      const defect = fromPayload(payload)
      const { _tag, name, message } = (typeof defect === "object" ? defect : {}) as Record<string, string | undefined>
      return `dies: ${shorten(message === undefined ? text : `${_tag ?? name ?? "Error"}: ${message}`)}`
    }
  }
}
