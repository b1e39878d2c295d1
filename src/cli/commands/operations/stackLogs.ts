import * as Effect from "effect/Effect"
import { CommandFailed, notFound } from "../../framework/commandFailed.ts"
import { exitCodes } from "../../framework/exitCodes.ts"
import { printLine, printNote } from "../../framework/output.ts"
import { Screen } from "../../framework/screen.ts"
import { momentText } from "../../framework/times.ts"

export interface StackLogOptions {
  readonly stack: string
  /** Epoch milliseconds. */
  readonly from: number
  readonly run: string | undefined
  readonly only: "stream" | "step" | "deadLetter" | "sweep" | "purge" | "api" | undefined
  readonly follow: boolean
}

/** For CloudWatch, which makes metrics of them (`metrics: "embedded"`): nobody reads them. */
const isMetric = (message: string): boolean => message.startsWith('{"_aws":')

/** What the functions of a stack have logged, and log. */
export const followStackLogs = Effect.fnUntraced(
  function* ({ follow, from, only, run, stack }: StackLogOptions) {
    const { environment } = yield* Screen
    const { logGroupsOf, readLogs } = yield* Effect.promise(() => import("../../../store/aws/deployment/readLogs.ts"))
    const endpoint = (service: string) => {
      const url = environment[`AWS_ENDPOINT_URL_${service}`] ?? environment.AWS_ENDPOINT_URL
      return url === undefined ? {} : { endpoint: url }
    }
    const all = yield* logGroupsOf(stack, endpoint("CLOUDFORMATION"))
    const groups = all.filter(({ id }) => only === undefined || id.toLowerCase().includes(only.toLowerCase()))
    if (groups.length === 0)
      return yield* notFound(
        `the stack ${stack} has no log group${only === undefined ? "" : ` of the function ${only}`}.`,
        only === undefined
          ? "look at the name: `dynactor outputs` knows the stack"
          : "leave --function out: all are shown then"
      )
    const shown = new Map(groups.map(({ id, name }) => [name, id.replace(/(LogGroup|Logs).*$/, "") || id]))
    // What came within the last seconds is asked for again, as some of it comes late.
    const seen = new Set<string>()
    let since = from
    for (;;) {
      const lines = yield* readLogs(
        { groups: groups.map(({ name }) => name), from: since, ...(run === undefined ? {} : { text: run }) },
        endpoint("CLOUDWATCH_LOGS")
      )
      for (const { at, group, id, message } of lines) {
        if (seen.has(id) || isMetric(message)) continue
        seen.add(id)
        since = Math.max(since, at - 10_000)
        yield* printLine(
          { at, group, message },
          (style) => `${style.dim(momentText(at))}  ${style.cyan(shown.get(group) ?? group)}  ${message}`
        )
      }
      if (!follow) {
        if (lines.length === 0) yield* printNote((style) => style.dim("no lines in that time"))
        return
      }
      yield* Effect.sleep("2 seconds")
    }
  },
  Effect.catchTag("StackNotFound", ({ message }) =>
    Effect.fail(notFound(`${message}.`, "look at AWS_REGION and AWS_PROFILE, and at the name"))
  ),
  Effect.catchTag("SdkMissing", ({ message }) =>
    Effect.fail(new CommandFailed({ kind: "SdkMissing", exitCode: exitCodes.wrongUse, message }))
  )
)
