import type { Tags } from "../../../actor/tags/tags.ts"
import { toldText } from "../../../actor/values/sealed.ts"
import { lineText, type WaitingFor } from "../../../store/reading/waitingFor.ts"
import { type Style, statusStyle } from "../../framework/style.ts"
import { fieldLines } from "../../framework/textTable.ts"
import { agoText, momentText } from "../../framework/times.ts"
import type { RunShown } from "../../targets/operations.ts"
import { defectText } from "../../words/defectText.ts"

/** A run for people, at the moment `now`. */
export const runText = (run: RunShown, style: Style, now: number): string => {
  const when = (at: number) => `${momentText(at)}  ${style.dim(agoText(at, now))}`
  const fields = fieldLines([
    [style.dim("run"), style.bold(run.runId)],
    [style.dim("workflow"), `${run.workflow}, version ${run.definitionVersion}`],
    [style.dim("status"), statusStyle(style, run.status)(run.status)],
    [style.dim("started"), when(run.startedAt)],
    [style.dim(isOver(run) ? "ended" : "moved"), when(run.updatedAt)],
    [style.dim("messages"), String(run.messages)],
    [style.dim("generation"), run.generation === 0 ? undefined : String(run.generation)],
    [style.dim("parent"), run.parentRunId],
    [style.dim("paused"), run.paused === undefined ? undefined : `since ${pauseText(run.paused)}`],
    [style.dim("tags"), run.tags === undefined ? undefined : tagsText(run.tags)],
    [style.dim("parked"), run.parked === undefined ? undefined : style.red(run.parked.message)],
    [style.dim("what to do"), run.remedy]
  ])
  const waits = isOver(run) ? [] : run.waitingFor.map((one) => `  ${waitText(one, now)}`)
  const troubles = (run.retriedSteps ?? []).map(
    ({ attempts, key, lastError }) =>
      `  ${key}: ${attempts} attempts in all; the last that failed: ${toldText(lastError)}`
  )
  const unread = (run.unread ?? []).map(
    ({ count, for: target, name }) => `  ${name}${target === undefined ? "" : ` for ${target}`}: ${count}`
  )
  const part = (title: string, lines: ReadonlyArray<string>) =>
    lines.length === 0 ? "" : `\n\n${style.bold(title)}\n${lines.join("\n")}`
  return [
    fields,
    part("waits for", waits),
    part("steps that were tried again", troubles),
    part("signals that nobody has asked for", unread),
    run.resultOmitted === undefined ? "" : part(resultTitle(run), [`  ${run.resultOmitted}`]),
    run.result === undefined || isNoReason(run) ? "" : part(resultTitle(run), indent(run))
  ].join("")
}

const pauseText = ({ reason, since }: NonNullable<RunShown["paused"]>): string =>
  `${new Date(since).toISOString()}${reason === null ? "" : `: ${reason}`}`

const isOver = ({ outcome }: RunShown): boolean => outcome !== undefined

const resultTitle = ({ outcome }: RunShown): string => {
  if (outcome === "succeeded") return "output"
  if (outcome === "failed") return "error"
  return outcome === "cancelled" || outcome === "terminated" ? "reason" : "died of"
}

const isNoReason = ({ outcome, result }: RunShown): boolean =>
  result === null && (outcome === "cancelled" || outcome === "terminated")

const indent = (run: RunShown): ReadonlyArray<string> =>
  resultText(run)
    .split("\n")
    .map((line) => `  ${line}`)

/** What it has come to, for people: JSON, but a defect as Node prints it. */
export const resultText = ({ outcome, result = null }: RunShown): string =>
  outcome === "died" ? defectText(result) : JSON.stringify(result, null, 2)

export const waitText = (wait: WaitingFor, now: number): string => {
  switch (wait.kind) {
    case "step": {
      const attempt = wait.attempt === undefined || wait.attempt === 1 ? "" : `, attempt ${wait.attempt}`
      const next = wait.nextTry === undefined || +wait.nextTry <= now ? "" : ` ${agoText(+wait.nextTry, now)}`
      const worker = wait.worker === undefined ? "" : `, in the hands of process ${wait.worker}`
      return `step ${wait.key}${attempt}${next}${worker}${wait.lastError === undefined ? "" : ` (before: ${wait.lastError})`}`
    }
    case "timer":
      return `timer ${wait.key}, due ${momentText(+wait.due)}, ${agoText(+wait.due, now)}`
    case "child":
      return `child run ${wait.runId} of ${wait.workflow}`
    case "run":
      return `the end of run ${wait.runId} of ${wait.workflow}`
    case "callback":
      return `callback ${wait.key}${wait.expires === undefined ? "" : `, until ${momentText(+wait.expires)}`}`
    case "signal":
      return `signal ${wait.name}${wait.for === undefined ? "" : ` for ${wait.for}`}`
    case "limit":
      return `a place of limit ${wait.place}${lineText(wait)}${wait.until === undefined ? "" : `, none before ${momentText(+wait.until)}`}`
    case "update":
      return `update ${wait.name} (it takes them)`
    case "cancellation":
      return "a cancellation, and nothing else"
  }
}

export const tagsText = (tags: Tags): string =>
  Object.entries(tags)
    .map(([key, value]) => `${key}=${value}`)
    .join(" ")
