import * as Argument from "effect/cli/Argument"
import * as Flag from "effect/cli/Flag"
import { runStatuses } from "../../../actor/history/head.ts"
import { readTags, type Tags } from "../../../actor/tags/tags.ts"
import { momentOrDay, zonedMoment } from "../../../http/definition/zonedMoment.ts"
import { parseDurationMs } from "../../framework/times.ts"

export const runIdArgument = Argument.String("run").pipe(Argument.withDescription("The run's id"))

export const inputFlag = Flag.String("input").pipe(
  Flag.withAlias("i"),
  Flag.withMetavar("JSON"),
  Flag.withDescription("As JSON, as @file, or - for standard input. Default: null"),
  Flag.withDefault("null")
)

export const idempotencyFlag = Flag.String("id").pipe(
  Flag.withMetavar("ID"),
  Flag.withDescription("Makes it idempotent: the same id and value is the same one. Default: a fresh one"),
  Flag.optional
)

export const workflowFlag = Flag.String("workflow").pipe(
  Flag.withAlias("w"),
  Flag.withMetavar("NAME"),
  Flag.withDescription("Only runs of this workflow"),
  Flag.optional
)

export const statusFlag = Flag.Literals(
  "status",
  runStatuses as readonly ["running", "succeeded", "failed", "cancelled", "terminated", "parked", "paused"]
).pipe(Flag.withAlias("s"), Flag.withDescription("Only runs in this state"), Flag.optional)

export const tagFlag = (description: string) =>
  Flag.String("tag").pipe(
    Flag.withAlias("t"),
    Flag.withMetavar("KEY=VALUE"),
    Flag.withDescription(description),
    Flag.atLeast(0),
    Flag.mapTryCatch(tagsOf, (error) => (error as Error).message)
  )

const tagsOf = (texts: ReadonlyArray<string>): Tags => {
  const tags = readTags(texts)
  if (typeof tags === "string") throw new RangeError(tags)
  return tags
}

/** A moment, or how long it is ago; as a function of what time it is. */
export const momentFlag = (name: string, description: string) =>
  Flag.String(name).pipe(
    Flag.withMetavar("TIME"),
    Flag.withDescription(`${description}: 2h (ago), 2026-07-01 or 2026-07-01T09:00:00Z`),
    Flag.mapTryCatch(
      (text): ((now: number) => number) => {
        const ms = parseDurationMs(text)
        if (ms !== undefined) return (now) => now - ms
        const at = momentOrDay(text)
        if (at === undefined)
          throw new RangeError(`a time, such as 2h (ago), 7d or 2026-07-01T09:00:00Z; got ${JSON.stringify(text)}`)
        return () => at
      },
      (error) => (error as Error).message
    ),
    Flag.optional
  )

export const prefixFlag = Flag.String("prefix").pipe(
  Flag.withMetavar("TEXT"),
  Flag.withDescription("Only runs whose id begins so"),
  Flag.optional
)

/** How many a list shows. */
export const atMostFlag = (description: string, { most, otherwise }: { most: number; otherwise: number }) =>
  Flag.Int("limit").pipe(
    Flag.withDescription(`${description}, 1 to ${most}. Default: ${otherwise}`),
    Flag.filter(
      (count) => count >= 1 && count <= most,
      (count) => `a whole number from 1 to ${most}; got ${count}`
    ),
    Flag.withDefault(otherwise)
  )

/** A length of time, in milliseconds. */
export const durationFlag = (name: string, description: string) =>
  Flag.String(name).pipe(
    Flag.withMetavar("TIME"),
    Flag.withDescription(`${description}: 90s, 1h30m, 7d`),
    Flag.mapTryCatch(lengthOf, (error) => (error as Error).message),
    Flag.optional
  )

/** The same, or Infinity. */
export const endlessFlag = (name: string, description: string) =>
  Flag.String(name).pipe(
    Flag.withMetavar("TIME"),
    Flag.withDescription(description),
    Flag.mapTryCatch(
      (text) => (text === "Infinity" ? Number.POSITIVE_INFINITY : lengthOf(text)),
      (error) => (error as Error).message
    ),
    Flag.optional
  )

const lengthOf = (text: string): number => {
  const ms = parseDurationMs(text)
  if (ms === undefined) throw new RangeError(`a length of time, such as 90s, 1h30m or 7d; got ${JSON.stringify(text)}`)
  return ms
}

/** A moment, with its zone: a text without one is another moment on every machine. */
export const zonedFlag = (name: string, description: string) =>
  Flag.String(name).pipe(
    Flag.withMetavar("TIME"),
    Flag.withDescription(`${description}: 2026-07-01T09:00:00Z`),
    Flag.mapTryCatch(
      (text) => {
        if (zonedMoment(text) === undefined)
          throw new RangeError(`a moment with its zone, such as 2026-07-01T09:00:00Z; got ${JSON.stringify(text)}`)
        return text
      },
      (error) => (error as Error).message
    ),
    Flag.optional
  )
