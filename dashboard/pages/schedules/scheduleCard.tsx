import { useState } from "preact/hooks"
import { ask } from "../../api/request.ts"
import { errorOf } from "../../api/resource.ts"
import type { ScheduleShown } from "../../api/shapes.ts"
import { Fact } from "../../kit/fact.tsx"
import { Icon } from "../../kit/icon.tsx"
import { absoluteText, Time } from "../../kit/time.tsx"
import { go, linkTo } from "../../shell/route.ts"
import { tellUser } from "../../shell/toasts.tsx"
import { BackfillSchedule, PauseSchedule, RemoveSchedule } from "./scheduleDialogs.tsx"
import { looks, timesText } from "./scheduleTexts.ts"

const dialogs = { pause: PauseSchedule, backfill: BackfillSchedule, remove: RemoveSchedule } as const

/** One schedule. `onDone`: something was asked of it, and it is to be looked at again. */
export const ScheduleCard = ({ one, onDone }: { readonly one: ScheduleShown; readonly onDone: () => void }) => {
  const { schedule, spec, status } = one
  const look = looks[status]
  return (
    <li class="panel card">
      <h2 class="run-title">
        <a class="wrap" href={linkTo(["runs", one.runId])} title="Its run">
          {schedule}
        </a>
        <span class={`status status-${look}`}>
          <Icon name={look} />
          <span>{status}</span>
        </span>
      </h2>
      {one.why !== undefined && <p class="wrap">{one.why}</p>}
      {one.paused !== undefined && (
        <p class="wrap">
          Paused <Time at={one.paused.at} />
          {one.paused.note === undefined ? "" : `: ${one.paused.note}`}
        </p>
      )}
      {spec !== undefined && (
        <dl class="facts">
          <Fact name="Starts" value={spec.workflow} />
          <Fact name="When" value={timesText(spec)} />
          <Fact name="While one runs" value={spec.overlap} />
          <Fact name="Started" value={`${one.started}, ${one.skipped} left out, ${one.queued} waiting`} />
          {one.backfills !== undefined && <Fact name="To fill in" value={one.backfills.map(rangeText).join(", ")} />}
        </dl>
      )}
      <Times title="Next" times={one.next} />
      <Recent recent={one.recent} />
      <Buttons one={one} onDone={onDone} />
    </li>
  )
}

const rangeText = ({ from, until }: { readonly from: number; readonly until: number }) =>
  `${absoluteText(from).slice(0, 16)} to ${absoluteText(until).slice(0, 16)}`

const Times = ({ title, times }: { readonly title: string; readonly times: ReadonlyArray<number> }) =>
  times.length === 0 ? null : (
    <section>
      <h3>{title}</h3>
      <ol class="plain">
        {times.map((at) => (
          <li key={at}>
            <Time at={at} /> <span class="faint number">{absoluteText(at).slice(0, 16)}</span>
          </li>
        ))}
      </ol>
    </section>
  )

const Recent = ({ recent }: Pick<ScheduleShown, "recent">) =>
  recent.length === 0 ? null : (
    <section>
      <h3>Last</h3>
      <ol class="plain">
        {recent.map(({ runId, scheduledAt, state, why }) => (
          <li key={`${scheduledAt} ${runId}`} class="wrap">
            <Time at={scheduledAt} /> {runId === undefined ? state : <a href={linkTo(["runs", runId])}>{state}</a>}
            {why === undefined ? "" : `: ${why}`}
          </li>
        ))}
      </ol>
    </section>
  )

const Buttons = ({ one, onDone }: { readonly one: ScheduleShown; readonly onDone: () => void }) => {
  const { schedule, status } = one
  const [shown, setShown] = useState<keyof typeof dialogs>()
  const Shown = shown === undefined ? undefined : dialogs[shown]
  if (status === "removed" || status === "ended") return null
  const post = async (what: string, told: string) => {
    try {
      const answer = await ask<{ readonly runId?: string }>(["schedules", schedule, what], { method: "POST", body: {} })
      tellUser(told)
      onDone()
      if (answer.runId !== undefined) go(linkTo(["runs", answer.runId]))
    } catch (error) {
      const { message, tag } = errorOf(error)
      tellUser(`${tag}: ${message}`, true)
    }
  }
  return (
    <div class="card-foot">
      <button type="button" class="small" onClick={() => void post("trigger", `Schedule ${schedule} starts a run now`)}>
        Trigger now
      </button>
      {status === "paused" ? (
        <button type="button" class="small" onClick={() => void post("resume", `Schedule ${schedule} goes on`)}>
          Resume
        </button>
      ) : (
        <button type="button" class="small" onClick={() => setShown("pause")}>
          Pause
        </button>
      )}
      <button type="button" class="small" onClick={() => setShown("backfill")}>
        Backfill
      </button>
      <button type="button" class="small" onClick={() => setShown("remove")}>
        Remove
      </button>
      {Shown !== undefined && <Shown name={schedule} onClose={() => setShown(undefined)} onDone={onDone} />}
    </div>
  )
}
