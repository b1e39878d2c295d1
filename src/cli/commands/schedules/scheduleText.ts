import type { Style } from "../../framework/style.ts"
import { fieldLines, textTable } from "../../framework/textTable.ts"
import { agoText, durationText, momentText } from "../../framework/times.ts"

/** A schedule as the HTTP API shows it, for people, at the moment `now`. */
export const scheduleText = (shown: any, style: Style, now: number): string => {
  const { next, paused, recent, spec } = shown
  const when = (at: number) => `${momentText(at)}  ${style.dim(agoText(at, now))}`
  const note = paused?.note === undefined ? "" : `: ${paused.note}`
  const fields = fieldLines([
    [style.dim("schedule"), style.bold(shown.schedule)],
    [style.dim("run"), shown.runId],
    [style.dim("status"), shown.status],
    [style.dim("why"), shown.why],
    [style.dim("paused"), paused === undefined ? undefined : `${when(paused.at)}${note}`],
    [style.dim("starts"), spec === undefined ? undefined : `${spec.workflow}, version ${spec.version}`],
    [style.dim("times"), spec === undefined ? undefined : timesText(spec)],
    [style.dim("started"), String(shown.started)],
    [style.dim("skipped"), shown.skipped === 0 ? undefined : String(shown.skipped)],
    [style.dim("waiting"), shown.queued === 0 ? undefined : String(shown.queued)],
    [style.dim("to fill in"), backfillText(shown.backfills)]
  ])
  const part = (title: string, text: string) => (text === "" ? "" : `\n\n${style.bold(title)}\n${text}`)
  const rows = recent.map(({ runId, scheduledAt, state, until, why }: any) => [
    `  ${state}`,
    until === undefined ? momentText(scheduledAt) : `${momentText(scheduledAt)} to ${momentText(until)}`,
    runId ?? "",
    style.dim(why ?? "")
  ])
  return [
    fields,
    part("next", next.map((at: number) => `  ${when(at)}`).join("\n")),
    part("last", rows.length === 0 ? "" : textTable(rows))
  ].join("")
}

const backfillText = (backfills: any): string | undefined =>
  backfills?.map(({ from, until }: any) => `${momentText(from)} to ${momentText(until)}`).join(", ")

const timesText = ({ catchUp, jitterMs, overlap, times }: any): string => {
  const by =
    times._tag === "cron"
      ? `${times.expression} in ${times.zone}`
      : `every ${durationText(times.everyMs)}${times.offsetMs === 0 ? "" : `, ${durationText(times.offsetMs)} later`}`
  const made = typeof catchUp === "number" ? durationText(catchUp) : catchUp
  const jitter = jitterMs === 0 ? "" : `; jitter ${durationText(jitterMs)}`
  return `${by}; overlap ${overlap}; catch up ${made}${jitter}`
}
