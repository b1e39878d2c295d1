import type { Head } from "../../actor/history/head.ts"
import type { Ending } from "../../actor/history/outcome.ts"
import type { Json } from "../../actor/values/json.ts"
import { fromPayload, isOpen } from "../../actor/values/payload.ts"
import type { WhyCause } from "../shapes/why.ts"
import { chainInWords, errorChain } from "../values/errorChain.ts"
import type { Told } from "./parked.ts"
import { commandLine, momentText } from "./words.ts"

/** A run that is over, and how. Typed errors may hold secrets: their names are told, and no more. */
export const whyEnded = (runId: string, head: Head, outcome: Ending, now: number): Told => {
  const at = momentText(head.updatedAt, now)
  const history = `What has led there: ${commandLine("history", runId)}`
  const goOn = `Once the cause is gone, let it go on from there: ${commandLine("retry", runId)}`
  switch (outcome.tag) {
    case "succeeded":
      return { cause: "succeeded", sentences: [`It has succeeded, at ${at}.`, ...left(head)], todo: [] }
    case "failed":
      return {
        cause: "failed",
        sentences: [`It has failed with its own error${nameOf(outcome)}, at ${at}.`, ...left(head)],
        todo: [history, goOn]
      }
    case "cancelled":
      return {
        cause: "cancelled",
        sentences: [`It was cancelled${reasonOf(outcome)}, at ${at}.`, ...left(head)],
        todo: []
      }
    case "terminated":
      return {
        cause: "terminated",
        sentences: [
          `It was terminated${reasonOf(outcome)}, at ${at}: its code was not asked, and nothing of what it had done was compensated.`,
          ...left(head)
        ],
        todo: [history]
      }
    case "died": {
      const { cause, words } = deathOf(outcome)
      const look = cause === "deadLetter" ? [deadLetterAdvice] : []
      return { cause, sentences: [`It has died, at ${at}: ${words}`, ...left(head)], todo: [...look, history, goOn] }
    }
    case "continued":
      return {
        cause: "succeeded",
        sentences: [`This generation is over, at ${at}: the run goes on with the next one.`],
        todo: []
      }
  }
}

const stored = ({ payload }: Ending): Json | undefined => (isOpen(payload) ? fromPayload(payload) : undefined)

const fieldOf = (value: Json | undefined, name: string): string | undefined => {
  const field = (Object(value) as { readonly [name: string]: unknown })[name]
  return typeof field === "string" ? field : undefined
}

const nameOf = (outcome: Ending): string => {
  const name = fieldOf(stored(outcome), "_tag")
  return name === undefined ? "" : ` ${name}`
}

const reasonOf = (outcome: Ending): string => {
  const reason = stored(outcome)
  return typeof reason === "string" ? ` ("${reason}")` : ""
}

const deathOf = (outcome: Ending): { readonly cause: WhyCause; readonly words: string } => {
  const value = stored(outcome)
  if (value === undefined) return { cause: "died", words: "its defect is too large to be told here." }
  const words = `${chainInWords(errorChain(value))}.`.replace(/\.\.$/, ".")
  const isStep = fieldOf(value, "_tag") === "StepFailed"
  const cause = !isStep ? "died" : fieldOf(value, "reason") === "deadLetter" ? "deadLetter" : "stepFailed"
  return { cause, words: `${words}${adviceOf(value)}` }
}

const adviceOf = (value: Json): string => {
  const reason = fieldOf(value, "reason")
  const advice = fieldOf(value, "_tag") === "StepFailed" && reason !== undefined ? advices[reason] : undefined
  return advice === undefined ? "" : ` ${advice}`
}

const deadLetterAdvice =
  "See why its workers died: the end of their logs, their memory, and, on AWS, the time-out of the step's function against that of the step. step.orFail hands such a failure to the workflow."

/** By the reason of a `StepFailed`. */
const advices: Readonly<Record<string, string>> = {
  defect: "Its attempts are used up: step.orFail hands such failures to the workflow.",
  timeout: "Its attempts are used up, each longer than the step's timeout.",
  heartbeat: "Its attempts are used up, each silent for longer than the step's heartbeat.",
  interrupted: "Its worker was gone, and it may begin no attempt twice (atMostOnce).",
  scheduleToStart: "Nobody had begun it in its time: too few workers, or none.",
  deadLetter: "Workers died at it, or handed it back each time, until its message was a dead letter.",
  duplicateKey: "Two calls had one key at the same time, or one key had two inputs: keys are each call's own.",
  unknownStep: "No host that got its message knows it: register it.",
  payload: "A value of it is missing, was altered, or is larger than the store takes."
}

const left = ({ unread = [] }: Head): ReadonlyArray<string> =>
  unread.map(
    ({ count, for: correlation, name }) =>
      `${count} signal${count === 1 ? "" : "s"} ${name}${correlation === undefined ? "" : ` for ${correlation}`} came and ${count === 1 ? "was" : "were"} read by nobody.`
  )
