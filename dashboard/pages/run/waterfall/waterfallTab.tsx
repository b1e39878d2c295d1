import { useCallback, useState } from "preact/hooks"
import { isOver, type Timeline, type TimelineCommand } from "../../../api/shapes.ts"
import { Empty } from "../../../kit/empty.tsx"
import { Failure } from "../../../kit/failure.tsx"
import { countText } from "../../../kit/numbers.ts"
import { clockText, durationText, now } from "../../../kit/time.tsx"
import { VirtualList } from "../../../kit/virtualList.tsx"
import type { TimelinePages } from "../timelinePages.ts"
import type { Whose } from "../values/shown.tsx"
import { CommandRow } from "./commandRow.tsx"
import { isLopsided, makeScale, type ScaleKind } from "./scale.ts"

/** Bookkeeping of the runtime's own says little of where the time went. */
const isDrawn = ({ kind }: TimelineCommand): boolean => kind !== "handle"

export const WaterfallTab = ({ pages, of }: { readonly pages: TimelinePages; readonly of: Whose }) => {
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set())
  const [kind, setKind] = useState<ScaleKind>()
  const { timeline, error, reload, wantMore, isWhole } = pages
  const commands = pages.commands.filter(isDrawn)
  const onRange = useCallback(
    (_first: number, last: number) => {
      if (!isWhole && last >= commands.length - 20) wantMore()
    },
    [isWhole, commands.length, wantMore]
  )
  const toggle = (id: string) => {
    const next = new Set(open)
    if (!next.delete(id)) next.add(id)
    setOpen(next)
  }
  if (timeline === undefined) {
    return error === undefined ? <p class="loading">Loading…</p> : <Failure error={error} retry={reload} />
  }
  if (commands.length === 0 && isWhole) {
    return (
      <Empty title="The workflow has asked for nothing yet">Steps, timers, child runs and waits are drawn here.</Empty>
    )
  }
  const to = endOf(timeline, commands)
  const shown = kind ?? (isLopsided(timeline.startedAt, to, commands) ? "order" : "time")
  const scale = makeScale(shown, timeline.startedAt, to, commands)
  return (
    <div class="tab-fill">
      <div class="tab-tools">
        <fieldset class="segments">
          <legend class="visually-hidden">Scale</legend>
          {(["time", "order"] as const).map((one) => (
            <label key={one}>
              <input type="radio" name="scale" checked={shown === one} onChange={() => setKind(one)} />
              <span>by {one}</span>
            </label>
          ))}
        </fieldset>
        <ul class="legend" aria-label="Legend">
          <li class="key-wait">waits for a worker, or sleeps</li>
          <li class="key-work">works</li>
          <li class="key-open">goes on</li>
          <li class="key-bad">failed</li>
        </ul>
      </div>
      {timeline.commandsFrom === "rows" && (
        <p class="note">
          Drawn from what is stored, without inputs:{" "}
          {timeline.withoutCode ?? "this server has no code of this workflow"}.
        </p>
      )}
      <div class="waterfall-head" aria-hidden="true">
        <span>Command</span>
        <span class="ticks">
          {scale.ticks.map(({ at, time }) => (
            <span key={at} class={`tick number tick-${at}`} style={{ left: `${at}%` }}>
              {at === 0 ? clockText(time) : `+${durationText(time - timeline.startedAt)}`}
            </span>
          ))}
        </span>
      </div>
      <VirtualList
        label={`Commands, ${commands.length}${isWhole ? "" : " so far"}`}
        class="waterfall"
        count={commands.length}
        rowHeight={30}
        keyOf={(index) => commands[index]?.id ?? String(index)}
        onRange={onRange}
        row={(index, control) => {
          const command = commands[index]
          return command === undefined ? null : (
            <CommandRow
              command={command}
              scale={scale}
              from={timeline.startedAt}
              until={to}
              isOpen={open.has(command.id)}
              toggle={toggle}
              control={control}
              of={of}
            />
          )
        }}
      />
      <p class="foot">
        {countText(commands.length, "command")}
        {isWhole ? "" : " read so far; more come as you scroll"}
      </p>
    </div>
  )
}

/** Of a run that goes on it is now, a second at a time; the next moment that it waits for is drawn as far as it fits. */
const endOf = (timeline: Timeline, commands: ReadonlyArray<TimelineCommand>): number => {
  const seen = commands.reduce(
    (latest, { endedAt, issuedAt }) => Math.max(latest, endedAt ?? 0, issuedAt ?? 0),
    timeline.updatedAt
  )
  return isOver(timeline.status) ? seen : Math.max(seen, now.value)
}
