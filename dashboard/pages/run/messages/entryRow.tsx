import type { TimelineEntry } from "../../../api/shapes.ts"
import { Fact } from "../../../kit/fact.tsx"
import { Icon, isIcon } from "../../../kit/icon.tsx"
import { absoluteText, clockText, timerText } from "../../../kit/time.tsx"
import type { RowControl } from "../../../kit/virtualList.tsx"
import { linkTo } from "../../../shell/route.ts"
import { ErrorChain, Tries } from "../values/errorChain.tsx"
import { previewOf, Shown, type Whose } from "../values/shown.tsx"

const kindTexts: Readonly<Record<TimelineEntry["kind"], string>> = {
  start: "start",
  step: "step answered",
  timer: "timer",
  child: "child ended",
  callback: "callback answered",
  signal: "signal",
  update: "update",
  cancel: "cancellation",
  await: "asks how it ends",
  terminate: "termination",
  pause: "pause",
  resume: "goes on",
  restart: "started anew",
  repair: "goes on from an earlier message"
}

const icons: Readonly<Record<string, string>> = {
  cancel: "cancellation",
  terminate: "terminated",
  pause: "paused",
  resume: "continue",
  restart: "start",
  repair: "continue"
}

const iconOf = (kind: string) => {
  const name = icons[kind] ?? kind
  return isIcon(name) ? name : "other"
}

export const EntryRow = ({
  index,
  entry,
  isOpen,
  toggle,
  control,
  of
}: {
  readonly index: number
  readonly entry: TimelineEntry | undefined
  readonly isOpen: boolean
  readonly toggle: (key: string) => void
  readonly control: RowControl
  readonly of: Whose
}) => {
  if (entry === undefined) {
    return (
      <button type="button" class="entry-row is-coming" aria-label={`Message ${index}, not loaded yet`} {...control}>
        <span class="number faint">{index}</span>
      </button>
    )
  }
  const { kind, name, key, at, outcome, error, setAside, position, attempts } = entry
  const isBad = outcome === "failed" || outcome === "died"
  return (
    <>
      <button
        type="button"
        class={setAside ? "entry-row is-aside" : "entry-row"}
        aria-expanded={isOpen}
        onClick={() => toggle(key)}
        {...control}
      >
        <span class="number faint">{position ?? "–"}</span>
        <span class="number entry-time" title={absoluteText(at)}>
          {clockText(at)}
        </span>
        <span class="entry-what">
          <Icon name={iconOf(kind)} />
          <span class="entry-kind">{kindTexts[kind]}</span>{" "}
          <strong>{kind === "timer" ? timerText(name ?? key) : (name ?? key)}</strong>
          {attempts !== undefined && attempts > 1 && <span class="tag">{attempts} attempts</span>}
          {setAside && <span class="tag">set aside</span>}
          {position === null && <span class="tag">not adopted yet</span>}
        </span>
        <span class={isBad ? "entry-says bad" : "entry-says"}>
          {isBad && <Icon name="failed" />}
          {error === undefined ? previewOf(entry.value) : error.message}
        </span>
      </button>
      {isOpen && <EntryDetails entry={entry} of={of} />}
    </>
  )
}

const EntryDetails = ({ entry, of }: { readonly entry: TimelineEntry; readonly of: Whose }) => {
  const { key, at, writtenAt, answers, patches, id, due, reason, fromRunId, value, error, tries, setAside } = entry
  return (
    <div class="details">
      <dl class="facts">
        <Fact name="Key" value={<code>{key}</code>} />
        <Fact name="Run's time" value={absoluteText(at)} />
        {writtenAt !== at && <Fact name="Written" value={absoluteText(writtenAt)} />}
        {answers !== undefined && <Fact name="Answers" value={<code>{answers}</code>} />}
        {due !== undefined && <Fact name="Was due" value={absoluteText(due)} />}
        {id !== undefined && <Fact name="Id" value={<code>{id}</code>} />}
        {entry.for !== undefined && <Fact name="For" value={<code>{entry.for}</code>} />}
        {patches !== undefined && patches.length > 0 && <Fact name="Patches taken" value={patches.join(", ")} />}
        {reason !== undefined && reason !== null && <Fact name="Reason" value={reason} />}
        {fromRunId !== undefined && (
          <Fact name="From run" value={<a href={linkTo(["runs", fromRunId])}>{fromRunId}</a>} />
        )}
        {setAside && (
          <Fact name="Set aside" value="It came, and nothing waited for it: no replay hands it to the workflow." />
        )}
      </dl>
      {tries !== undefined && tries.length > 0 && <Tries tries={tries} />}
      {value !== undefined && <Shown value={value} label={`value of ${key}`} of={of} />}
      {error !== undefined && <ErrorChain error={error} of={of} />}
    </div>
  )
}
