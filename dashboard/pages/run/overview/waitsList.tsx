import type { Wait } from "../../../api/shapes.ts"
import { Empty } from "../../../kit/empty.tsx"
import { Icon } from "../../../kit/icon.tsx"
import { absoluteText, epochOf, Time, timerText } from "../../../kit/time.tsx"
import { linkTo } from "../../../shell/route.ts"

/** What the head says it waits for, where the server cannot say why. */
export const WaitsList = ({ waits }: { readonly waits: ReadonlyArray<Wait> }) =>
  waits.length === 0 ? (
    <Empty title="Nothing that has a name">It is about to be turned, or its last turn has just begun.</Empty>
  ) : (
    <ul class="waits">
      {waits.map((wait, at) => (
        <li key={`${wait.kind}${wait.key ?? wait.name ?? ""}${at}`}>
          <p>
            <Icon name={wait.kind} /> <WaitText wait={wait} />
          </p>
        </li>
      ))}
    </ul>
  )

const WaitText = ({ wait }: { readonly wait: Wait }) => {
  const { kind, key = "", name = "", runId = "" } = wait
  switch (kind) {
    case "step":
      return (
        <>
          Step <strong>{key}</strong>
          {wait.attempt !== undefined && wait.attempt > 1 && `, attempt ${wait.attempt}`}
          {wait.nextTry !== undefined && (
            <>
              , to be tried <Time at={wait.nextTry} />
            </>
          )}
          {wait.worker !== undefined && `, in the hands of process ${wait.worker}`}
          {wait.lastError !== undefined && <span class="bad"> after {wait.lastError}</span>}
        </>
      )
    case "timer":
      return (
        <>
          A sleep of <strong>{timerText(key)}</strong>, due <Time at={wait.due ?? ""} /> (
          {absoluteText(epochOf(wait.due ?? ""))})
        </>
      )
    case "child":
    case "run":
      return (
        <>
          The end of <a href={linkTo(["runs", runId])}>{runId}</a> ({wait.workflow})
        </>
      )
    case "callback":
      return (
        <>
          An answer to the callback <strong>{key}</strong>
          {wait.expires !== undefined && (
            <>
              , whose token expires <Time at={wait.expires} />
            </>
          )}
        </>
      )
    case "signal":
      return (
        <>
          The signal <strong>{name}</strong>
          {wait.for !== undefined && (
            <>
              {" "}
              for <code>{wait.for}</code>
            </>
          )}
        </>
      )
    case "limit":
      return (
        <>
          A place of limit <a href={linkTo(["runs", runId])}>{wait.place}</a>
          {wait.queued !== undefined &&
            (wait.position === undefined
              ? `, one of ${wait.queued} that wait`
              : `, number ${wait.position} of ${wait.queued}`)}
          {wait.until !== undefined && (
            <>
              , none before <Time at={wait.until} />
            </>
          )}
        </>
      )
    case "update":
      return (
        <>
          The update <strong>{name}</strong>, which it takes at any time
        </>
      )
    case "cancellation":
      return <>Nothing but a cancellation: it sleeps without end</>
  }
}
