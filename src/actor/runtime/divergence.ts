import * as Formatter from "effect/Formatter"
import * as Result from "effect/Result"
import type { PatchWays } from "../calls/patched/patchBox.ts"
import type { AnyWorkflow } from "../definitions/definition.ts"
import { NonDeterminismError } from "../errors.ts"
import { type AnsweredCommand, awaitMark, type CommandRecord, commandId } from "../history/command.ts"
import type { Ledger } from "../history/ledger.ts"
import type { Ending } from "../history/outcome.ts"
import { showChannel } from "../values/channel.ts"
import { definedAt, placeOfFiber } from "./userPlace.ts"

/** What of a run is asked when its history and its code disagree. */
interface Diverged {
  readonly workflow: AnyWorkflow
  readonly ledger: Ledger
  readonly outcome: Ending | undefined
  readonly patches: PatchWays
  readonly waiting: { readonly signals: ReadonlyArray<string> }
}

/**
 * The same for people: what stood there, what comes now, with which value and at which line, and what to do. Costly, and asked only when
 * a run is to be parked.
 */
export const divergenceInWords = (error: NonDeterminismError, run: Diverged): NonDeterminismError => {
  const { command, issued, recorded } = error
  if (isInWords(error)) return error
  const message = `${difference(error, run)}. ${unknownPatches(run.patches)}${whatToDo}`
  return new NonDeterminismError({ message, command, recorded, issued })
}

const isInWords = ({ message }: NonDeterminismError): boolean => message.endsWith(guide)

const guide = "docs/guide/changing-code.md"
const whatToDo =
  "A run under way must meet what it met before. Put that back, or let runs of before go the old way by patched(), or give the changed " +
  `workflow a new version beside the old one: ${guide}`

/** A run that went a new way, and code that does not know it. */
const unknownPatches = ({ unknown }: PatchWays): string =>
  unknown.length === 0
    ? ""
    : `The run took the new way of patch ${unknown.join(", ")}, for which this code has not asked: is it an older build, or was the patch removed too early? `

const difference = ({ command, issued, message, recorded }: NonDeterminismError, run: Diverged): string => {
  const { ledger } = run
  const id = command.replace(" ", "/")
  const known = ledger.issued(id)
  if (recorded === null && known !== undefined)
    return `this code asks for ${inWords(known.command)}${callOf(run, id)}, which its history does not have at this point`
  if (issued !== null && known !== undefined) return otherInput(known.command, recorded, callOf(run, id))
  if (!/^(step|timer|child|callback) /.test(command)) return message
  return `its history has ${recordInWords(command)}, which this code does not ask for at this point; ${insteadOf(run)}`
}

const otherInput = (command: AnsweredCommand, recorded: string | null, call: string): string => {
  if (command.kind === "timer") {
    const laterMs = command.due - Number(recorded)
    return `${inWords(command)} is to end ${lengthText(Math.abs(laterMs))} ${laterMs > 0 ? "later" : "earlier"} than before${call}`
  }
  if (command.kind === "callback")
    return `${inWords(command)} was to expire at another time (${recorded}, and now ${command.fingerprint}; 0 is never)${call}`
  return `${inWords(command)} had another input before (fingerprint ${recorded}); now it is asked for${call} (fingerprint ${command.fingerprint})`
}

/** What the code asks for in place of what stands there. */
const insteadOf = (run: Diverged): string => {
  const { ledger, outcome, waiting } = run
  if (outcome !== undefined) return `it ends there: ${outcome.tag}${reasonOf(outcome)}`
  const waits = ledger
    .openRecords()
    .slice(0, 3)
    .map((record) => `${inWords(record)}${callOf(run, idOf(record))}`)
  const all = [...waits, ...waiting.signals.slice(0, 3).map(showChannel)]
  return all.length === 0 ? "it asks for nothing" : `it waits for ${all.join(", and for ")}`
}

/** Of a defect, its name and message. Other outcomes may hold what is not to be told (S16). */
const reasonOf = ({ payload, tag }: Ending): string => {
  const defect = tag === "died" && "json" in payload ? JSON.parse(payload.json) : undefined
  const { message, name } = Object(defect) as Record<string, unknown>
  const words = [name, message].filter((part) => typeof part === "string")
  return words.length === 0 ? "" : ` of ${words.join(": ").slice(0, mostValue).toWellFormed()}`
}

/** ` with {"cents":100}, at <file>:<line>:<column>`. */
const callOf = ({ ledger, workflow }: Diverged, id: string): string => {
  const issued = ledger.issued(id)
  if (issued === undefined) return ""
  const value = valueOf(issued)
  const place = placeOfFiber(issued.origin.fiber)
  const where = place === undefined ? definedAt(workflow) : `, at ${place}`
  return `${value === undefined ? "" : ` with ${value}`}${where}`
}

/** By its schema: what is `Redacted` there is not shown. */
const valueOf = ({ command, origin }: NonNullable<ReturnType<Ledger["issued"]>>): string | undefined => {
  if (!("input" in command) || origin.codec === undefined) return undefined
  const value = origin.codec().decode(command.input)
  if (Result.isFailure(value)) return undefined
  const text = Formatter.format(value.success)
  return text.length <= mostValue ? text : `${text.slice(0, mostValue).toWellFormed()}...`
}

const mostValue = 200

const idOf = ({ kind, key }: CommandRecord): string => commandId(kind, key)

const inWords = ({ kind, key }: Pick<CommandRecord | AnsweredCommand, "kind" | "key">): string =>
  recordInWords(`${kind} ${key}`)

/** A timer is named by its length, by the moment at which it is due, or by the user. */
const recordInWords = (command: string): string => {
  const [kind, key = ""] = command.split(" ")
  const ms = /^(\d+)ms#/.exec(key)?.[1]
  if (kind === "timer" && ms !== undefined) return `a sleep of ${lengthText(Number(ms))} (timer ${key})`
  if (kind === "timer") return `sleep ${key}`
  if (key.startsWith(awaitMark)) return `a wait for the end of run ${key.slice(1)}`
  return kind === "child" ? `child run ${key}` : command
}

const lengthText = (ms: number): string => {
  const [name, size] = lengths.find(([, unit]) => ms >= unit && ms % unit === 0) ?? ["ms", 1]
  return `${ms / size} ${name}${ms === size || name === "ms" ? "" : "s"}`
}

const lengths = [
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000],
  ["second", 1_000]
] as const

/** The run goes the old way at a patch, and this code has only the new one. */
export const olderThanPatch = (patch: string, place: string | undefined): NonDeterminismError =>
  new NonDeterminismError({
    message:
      `this run is older than patch ${patch}: it passed here before the code had it, and deprecatePatch has left out the old way` +
      `${place === undefined ? "" : `, at ${place}`}. Put patched(${JSON.stringify(patch)}) and the old way back until no such run is under way ` +
      `(npx dynactor-review says when): ${guide}`,
    command: `patch ${patch}`,
    recorded: null,
    issued: null
  })
