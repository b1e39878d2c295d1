import type { ParkReason } from "../../actor/errors.ts"
import { remedyFor } from "../../store/reading/remedyFor.ts"
import { divergenceOf } from "../comparison/compareRun.ts"
import type { WhyCause } from "../shapes/why.ts"
import { commandLine } from "./words.ts"

export interface Told {
  readonly cause: WhyCause
  readonly sentences: ReadonlyArray<string>
  readonly todo: ReadonlyArray<string>
}

/** A parked run: what it is parked for, and what ends that. */
export const whyParked = (runId: string, reason: ParkReason): Told => {
  const cause = causeOf(reason)
  return { cause, sentences: sentencesOf(reason), todo: todoOf(runId, reason) }
}

const causeOf = (reason: ParkReason): WhyCause => {
  switch (reason._tag) {
    case "NonDeterminismError":
      return "diverged"
    case "DeterminismViolation":
      return "violation"
    case "UnknownWorkflow":
      return "unknownWorkflow"
    case "HistoryTooLong":
      return "historyTooLong"
    case "WriteRefused":
      return "refused"
    case "PayloadUnreadable":
      if (isGone(reason.message)) return "payloadMissing"
      return /does not decode/.test(reason.message) ? "schemaChanged" : "refused"
  }
}

const isGone = (message: string): boolean => /is missing|was altered|is in the adopted order/.test(message)

const sentencesOf = (reason: ParkReason): ReadonlyArray<string> => {
  const said = sentence(reason.message)
  switch (reason._tag) {
    case "NonDeterminismError": {
      const { now, recorded } = divergenceOf(reason, 0, [])
      const side = `Its history has ${recorded ?? "nothing there"}; the code has ${now ?? "nothing there"}.`
      return ["It is parked: its history and the code of the host that turned it last disagree.", said, side]
    }
    case "DeterminismViolation":
      return ["It is parked: its code did what a workflow may not do.", said]
    case "UnknownWorkflow":
      return ["It is parked: the host that was to turn it has no code for it.", said]
    case "HistoryTooLong":
      return ["It is parked: it holds as much as one generation may.", said]
    case "WriteRefused":
      return ["It is parked: the store does not take what it has to write.", said]
    case "PayloadUnreadable":
      if (isGone(reason.message)) return ["It is parked: a stored value is not there any more, or not as it was.", said]
      return [
        /does not decode/.test(reason.message)
          ? "It is parked: a stored value does not fit the schema of the code."
          : "It is parked: a stored value cannot be read.",
        said
      ]
  }
}

/** Reasons begin in small letters where they go on a line of the log. */
const sentence = (text: string): string => {
  const upper = `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`
  return /[.!?]$/.test(upper) || upper.endsWith(".md") ? upper : `${upper}.`
}

const todoOf = (runId: string, reason: ParkReason): ReadonlyArray<string> => {
  const again = `It is tried again with each message that comes for it, and by the sweeper; to have it tried now: ${commandLine("sweep")}`
  const look =
    reason._tag === "NonDeterminismError" || reason._tag === "DeterminismViolation"
      ? [`To go through its history with the code at hand, message by message: ${commandLine("replay", runId)}`]
      : []
  const endsByCancel = "endsByCancel" in reason && reason.endsByCancel === true
  const cancel = endsByCancel ? [`Or end it: ${commandLine("cancel", runId)}`] : []
  return [remedyFor(reason), ...look, again, ...cancel]
}
