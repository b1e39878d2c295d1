import type { TimelineCommand } from "../../../api/shapes.ts"
import { Fact } from "../../../kit/fact.tsx"
import { Icon, isIcon } from "../../../kit/icon.tsx"
import { absoluteText, durationText, timerText } from "../../../kit/time.tsx"
import type { RowControl } from "../../../kit/virtualList.tsx"
import { linkTo } from "../../../shell/route.ts"
import { ErrorChain, Tries } from "../values/errorChain.tsx"
import { Shown, type Whose } from "../values/shown.tsx"
import { type Scale, spanOf } from "./scale.ts"

interface CommandRowProps {
  readonly command: TimelineCommand
  readonly scale: Scale
  readonly from: number
  /** Where what goes on is drawn to. */
  readonly until: number
  readonly isOpen: boolean
  readonly toggle: (id: string) => void
  readonly control: RowControl
  readonly of: Whose
}

const isBad = ({ outcome }: TimelineCommand) => outcome === "failed" || outcome === "died"

export const CommandRow = ({ command, scale, from, until, isOpen, toggle, control, of }: CommandRowProps) => {
  const { id, kind, name, key, state, attempts } = command
  const { begin, end } = spanOf(command, from, until)
  return (
    <>
      <button
        type="button"
        class={`command-row is-${state}${isBad(command) ? " is-bad" : ""}`}
        aria-expanded={isOpen}
        onClick={() => toggle(id)}
        {...control}
      >
        <span class="command-name" title={id}>
          <Icon name={isIcon(kind) ? kind : "other"} />
          <span class="visually-hidden">{kind} </span>
          <span class="command-key">{kind === "timer" ? `sleep ${timerText(key)}` : key || name}</span>
          {attempts !== undefined && attempts > 1 && <span class="tag">×{attempts}</span>}
        </span>
        <span class="track">
          <Bar command={command} scale={scale} begin={begin} end={end} />
        </span>
        <span class="visually-hidden">{inWords(command, begin, end)}</span>
      </button>
      {isOpen && <CommandDetails command={command} of={of} />}
    </>
  )
}

/** Asked for and done in the same moment. */
const isAtOnce: ReadonlySet<string> = new Set(["state", "emit", "send", "continue"])

const inWords = (command: TimelineCommand, begin: number, end: number): string => {
  const took = durationText(end - begin)
  if (command.state === "open") return `goes on since ${took}`
  if (command.state === "abandoned") return `given up after ${took}`
  return `${command.outcome ?? "done"}, took ${took}`
}

const Bar = ({
  command,
  scale,
  begin,
  end
}: {
  readonly command: TimelineCommand
  readonly scale: Scale
  readonly begin: number
  readonly end: number
}) => {
  const { kind, startedAt, tries = [], state } = command
  const left = scale.at(begin)
  const right = scale.at(end)
  const work = startedAt === undefined ? left : Math.max(left, scale.at(startedAt))
  const isWork = kind === "step" || kind === "child" || kind === "run"
  const look = state === "open" ? "open" : isBad(command) ? "bad" : isWork ? "work" : "wait"
  const label = isAtOnce.has(kind) ? "" : durationText(end - begin)
  return (
    <>
      {isWork && work > left && <span class="bar bar-wait" style={{ left: `${left}%`, width: `${work - left}%` }} />}
      <span class={`bar bar-${look}`} style={{ left: `${work}%`, width: `${Math.max(0, right - work)}%` }} />
      {tries.map(({ attempt, at }) => (
        <span key={attempt} class="bar-try" style={{ left: `${scale.at(at)}%` }} title={`attempt ${attempt} failed`} />
      ))}
      <BarLabel text={label} left={left} work={work} right={right} />
    </>
  )
}

/** Behind the bar, or where there is no room: in it, or before it. */
const BarLabel = ({
  text,
  left,
  work,
  right
}: {
  readonly text: string
  readonly left: number
  readonly work: number
  readonly right: number
}) => {
  if (right <= 85)
    return (
      <span class="bar-label number" style={{ left: `${right}%` }}>
        {text}
      </span>
    )
  const isIn = right - work > 12
  return (
    <span
      class={isIn ? "bar-label number is-in" : "bar-label number"}
      style={{ right: `${100 - (isIn ? right : left)}%` }}
    >
      {text}
    </span>
  )
}

const CommandDetails = ({ command, of }: { readonly command: TimelineCommand; readonly of: Whose }) => {
  const { id, issuedAt, startedAt, endedAt, dueAt, expiresAt, nextTry, lastError, runId, attempts } = command
  const { input, output, error, tries, by, answeredBy, state, inline } = command
  const time = (name: string, at: number | null | undefined) =>
    at === undefined || at === null ? null : <Fact name={name} value={<span class="number">{absoluteText(at)}</span>} />
  return (
    <div class="details">
      <dl class="facts">
        <Fact name="Command" value={<code>{id}</code>} />
        <Fact name="State" value={state === "done" ? (command.outcome ?? "done") : state} />
        {by !== null && <Fact name="Asked for at" value={<span class="number">message {by}</span>} />}
        {answeredBy !== undefined && (
          <Fact name="Answered by" value={<span class="number">message {answeredBy}</span>} />
        )}
        {time("Asked for", issuedAt)}
        {time("Began", startedAt)}
        {time("Ended", endedAt)}
        {time("Due", dueAt)}
        {time("Token expires", expiresAt)}
        {time("Next try", nextTry)}
        {attempts !== undefined && <Fact name="Attempts" value={attempts} />}
        {inline && <Fact name="Runs" value="within the turn, before its commit" />}
        {runId !== undefined && <Fact name="Run" value={<a href={linkTo(["runs", runId])}>{runId}</a>} />}
        {lastError !== undefined && <Fact name="Last error" value={<span class="bad">{lastError}</span>} />}
      </dl>
      {tries !== undefined && tries.length > 0 && <Tries tries={tries} />}
      <div class="in-out">
        {input !== undefined && (
          <section>
            <h4>Input</h4>
            <Shown value={input} label={`input of ${id}`} of={of} />
          </section>
        )}
        {output !== undefined && (
          <section>
            <h4>Output</h4>
            <Shown value={output} label={`output of ${id}`} of={of} />
          </section>
        )}
        {error !== undefined && (
          <section>
            <h4>Error</h4>
            <ErrorChain error={error} of={of} />
          </section>
        )}
      </div>
    </div>
  )
}
