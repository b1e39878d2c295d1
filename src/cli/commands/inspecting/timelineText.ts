import { lastMoment } from "../../../actor/calls/sleep.ts"
import type { TimelineCommand, TimelineEntry } from "../../../inspection/shapes/timeline.ts"
import type { ShownError, ShownValue } from "../../../inspection/shapes/value.ts"
import type { Style } from "../../framework/style.ts"
import { durationText } from "../../framework/times.ts"
import { stepText } from "../../words/keyText.ts"

/** A message of a run on a line, and below it how something failed. */
export const entryText = (entry: TimelineEntry, startedAt: number, style: Style): string => {
  const position = entry.position === null ? "  -" : String(entry.position).padStart(3)
  const since = `+${durationText(Math.max(0, entry.at - startedAt))}`.padStart(11)
  const parts = [
    style.dim(position),
    style.dim(since),
    kindText(entry, style),
    ...detailsOf(entry, style),
    ...(entry.position === null ? [style.yellow("(not taken yet)")] : []),
    ...(entry.setAside === true ? [style.dim("(nothing waited for it)")] : []),
    ...(entry.patches === undefined ? [] : [style.dim(`(took patch ${entry.patches.join(", ")})`)])
  ]
  const lines = [parts.join("  ")]
  for (const { at, attempt, error } of entry.tries ?? [])
    lines.push(
      `${indent}${style.yellow(`attempt ${attempt} failed`)} after ${durationText(Math.max(0, at - startedAt))}: ${error}`
    )
  if (entry.error !== undefined) lines.push(...errorLines(entry.error, style))
  return lines.join("\n")
}

const indent = " ".repeat(20)

const kindText = ({ key, kind, name }: TimelineEntry, style: Style): string => {
  switch (kind) {
    case "start":
      return `${style.bold("started")} ${name}`
    case "step":
      return boldFirst(stepText(key.slice("step/".length)), style)
    case "child":
    case "callback":
    case "timer":
      return `${style.bold(kind)} ${key.slice(kind.length + 1).replace(/@\d+$/, "")}`
    case "signal":
    case "update":
      return `${style.bold(kind)} ${name}`
    case "cancel":
      return style.bold("cancelled")
    case "await":
      return style.bold("asked how it ends")
    case "terminate":
      return style.bold("terminated")
    case "pause":
      return style.bold("paused")
    case "resume":
      return style.bold("goes on")
    case "restart":
      return style.bold("asked to start once more")
    case "repair":
      return style.bold("to go on from an earlier message")
  }
}

/** All but the last words are what it is: `runtime step signCallback`. */
const boldFirst = (text: string, style: Style): string => {
  const [, kind = "", rest = ""] = /^(runtime step|step) (.*)$/s.exec(text) ?? []
  return `${style.bold(kind)} ${rest}`
}

const detailsOf = (entry: TimelineEntry, style: Style): ReadonlyArray<string> => {
  const { attempts, fromRunId, outcome, reason, value } = entry
  return [
    ...(outcome === undefined || outcome === "succeeded" ? [] : [style.red(outcome)]),
    ...(entry.for === undefined ? [] : [`for ${entry.for}`]),
    ...(attempts === undefined || attempts < 2 ? [] : [style.yellow(`${attempts} attempts`)]),
    ...(fromRunId === undefined ? [] : [style.dim(`by run ${fromRunId}`)]),
    ...(typeof reason === "string" ? [reason] : []),
    ...(entry.copy === undefined ? [] : [copyText(entry.copy)]),
    ...(value === undefined ? [] : [valueText(value, style)])
  ]
}

const copyText = ({ at, edited, generation, how, reason, runId }: NonNullable<TimelineEntry["copy"]>): string => {
  const whence = generation === 0 ? runId : `${runId}, generation ${generation}`
  const others = edited.length === 0 ? "" : `, with another outcome of ${edited.join(", ")}`
  return `${how} of run ${whence} from message ${at}${others}${reason === undefined ? "" : `: ${reason}`}`
}

export const valueText = ({ bytes, hidden, json, preview, why }: ShownValue, style: Style): string => {
  switch (hidden) {
    case "large":
      return preview === undefined ? style.dim(`(${bytes} bytes)`) : `${preview}${style.dim(`... (${bytes} bytes)`)}`
    case "noSchema":
      return style.dim(`(${bytes} bytes, not shown: no schema says what in it is secret)`)
    case "sealed":
      return style.dim(`(${bytes} bytes, sealed: ${why})`)
    case "unreadable":
      return style.red(`(unreadable: ${why})`)
    default:
      return json === undefined ? "" : JSON.stringify(json)
  }
}

/** The error, and what it came of. */
export const errorLines = ({ chain }: ShownError, style: Style): ReadonlyArray<string> =>
  chain.flatMap(({ code, message, name, status }, at) => {
    const more = [code, status].filter((one) => one !== undefined)
    const told = `${name}${message === "" ? "" : `: ${message}`}${more.length === 0 ? "" : ` (${more.join(", ")})`}`
    return [`${indent}${at === 0 ? "" : style.dim("caused by ")}${style.red(told)}`]
  })

/** What a workflow has asked for, in a few words. */
export const commandText = ({ dueAt, input, key, kind, name, runId }: TimelineCommand, style: Style): string => {
  const what = style.bold(kind)
  switch (kind) {
    case "timer":
      return `${what} ${key}${dueAt === undefined ? "" : ` due ${new Date(Math.min(dueAt, lastMoment)).toISOString()}`}`
    case "child":
    case "run":
      return `${what} ${runId ?? key} of ${name}`
    case "step":
      return `${boldFirst(stepText(key), style)}${input === undefined ? "" : ` ${valueText(input, style)}`}`
    default:
      return `${what} ${key}${input === undefined ? "" : ` ${valueText(input, style)}`}`
  }
}
