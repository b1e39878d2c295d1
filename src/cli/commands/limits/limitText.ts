import type { LimitSpec } from "../../../actor/definitions/limits/limitUse.ts"
import type { LimitShown } from "../../../http/definition/answers.ts"
import type { Style } from "../../framework/style.ts"
import { fieldLines, textTable } from "../../framework/textTable.ts"
import { agoText, durationText, momentText } from "../../framework/times.ts"

type Shown = typeof LimitShown.Type

export const limitsText = (all: ReadonlyArray<Shown>, style: Style, now: number): string =>
  all.length === 0
    ? style.dim("no limits: nobody has asked for a place yet")
    : textTable(
        all.map((one) => [
          style.bold(one.place),
          one.spec === undefined ? one.status : numbersText(one.spec),
          `${one.held} held`,
          one.queued === 0 ? style.dim("none wait") : `${one.queued} wait`,
          one.waitingSince === undefined ? "" : style.dim(`since ${agoText(one.waitingSince, now)}`)
        ])
      )

export const limitText = (shown: Shown, style: Style, now: number): string => {
  const when = (at: number | undefined) =>
    at === undefined ? undefined : `${momentText(at)}  ${style.dim(agoText(at, now))}`
  const fields = fieldLines([
    [style.dim("limit"), style.bold(shown.place)],
    [style.dim("run"), shown.runId],
    [style.dim("status"), shown.status],
    [style.dim("allows"), shown.spec === undefined ? undefined : numbersText(shown.spec)],
    [style.dim("held"), String(shown.held)],
    [style.dim("waiting"), String(shown.queued)],
    [style.dim("waiting since"), when(shown.waitingSince)],
    [style.dim("none before"), when(shown.heldBackUntil)],
    [style.dim("given so far"), String(shown.total)]
  ])
  if (shown.holders.length === 0) return fields
  const more = shown.held > shown.holders.length ? [style.dim(`  and ${shown.held - shown.holders.length} more`)] : []
  return `${fields}\n\n${style.bold("held by")}\n${[...shown.holders.map((runId) => `  ${runId}`), ...more].join("\n")}`
}

const numbersText = ({ concurrency, rate }: LimitSpec): string =>
  [
    ...(concurrency === null ? [] : [`${concurrency} at once`]),
    ...(rate === null ? [] : [`${rate.count} in ${durationText(rate.periodMs)}`])
  ].join(", ")
