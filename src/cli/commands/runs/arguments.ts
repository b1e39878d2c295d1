import * as Argument from "effect/cli/Argument"
import * as Flag from "effect/cli/Flag"
import { runStatuses } from "../../../actor/history/head.ts"
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
  runStatuses as readonly ["running", "succeeded", "failed", "cancelled", "parked"]
).pipe(Flag.withAlias("s"), Flag.withDescription("Only runs in this state"), Flag.optional)

/** A length of time, in milliseconds. */
export const durationFlag = (name: string, description: string) =>
  Flag.String(name).pipe(
    Flag.withMetavar("TIME"),
    Flag.withDescription(`${description}: 90s, 1h30m, 7d`),
    Flag.mapTryCatch(
      (text) => {
        const ms = parseDurationMs(text)
        if (ms === undefined)
          throw new RangeError(`${JSON.stringify(text)} is no length of time: write 90s, 1h30m or 7d`)
        return ms
      },
      (error) => (error as Error).message
    ),
    Flag.optional
  )
