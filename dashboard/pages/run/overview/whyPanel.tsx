import { ask } from "../../../api/request.ts"
import { useResource } from "../../../api/resource.ts"
import type { RunDescription, Why, WhyWait } from "../../../api/shapes.ts"
import { CopyButton } from "../../../kit/json.tsx"
import { absoluteText, durationText, now } from "../../../kit/time.tsx"
import { linkTo } from "../../../shell/route.ts"
import { WaitsList } from "./waitsList.tsx"

/** What it waits for now, until when, and why. */
export const WhyPanel = ({ run, mark }: { readonly run: RunDescription; readonly mark: number }) => {
  const { data, error } = useResource(
    `why ${run.runId}`,
    (signal) => ask<Why>(["runs", run.runId, "why"], { signal }),
    mark
  )
  const isOver = run.outcome !== undefined
  if (isOver && data === undefined) return null
  return (
    <section class="panel" aria-labelledby="why">
      <h2 id="why">
        {isOver
          ? "How it went"
          : run.status === "parked" || run.status === "paused"
            ? "Why it stands still"
            : "What it waits for now"}
      </h2>
      {data === undefined ? (
        error === undefined ? (
          <p class="loading">Looking…</p>
        ) : (
          <WaitsList waits={run.waitingFor} />
        )
      ) : (
        <WhyText why={data} />
      )}
    </section>
  )
}

const WhyText = ({ why }: { readonly why: Why }) => {
  const told = new Set(why.waits.map(({ sentence }) => sentence))
  return (
    <div class="why">
      {why.sentences
        .filter((sentence) => !told.has(sentence))
        .map((sentence) => (
          <p key={sentence}>{sentence}</p>
        ))}
      {why.waits.length > 0 && (
        <ul class="waits">
          {why.waits.map((wait, at) => (
            <WaitItem key={`${wait.key ?? ""}${at}`} wait={wait} />
          ))}
        </ul>
      )}
      {why.todo.length > 0 && (
        <>
          <h3>What to do</h3>
          <ul class="todo">
            {why.todo.map((text) => (
              <li key={text}>
                <Todo text={text} />
              </li>
            ))}
          </ul>
        </>
      )}
    </div>
  )
}

const WaitItem = ({ wait }: { readonly wait: WhyWait }) => (
  <li>
    <p>
      {wait.sentence}
      {wait.until !== undefined && (
        <span class="tag number" title={absoluteText(wait.until)}>
          {leftText(wait.until)}
        </span>
      )}
      {wait.runId !== undefined && (
        <>
          {" "}
          <a href={linkTo(["runs", wait.runId])}>Open {wait.runId}</a>
        </>
      )}
    </p>
    {wait.because !== undefined && wait.because.length > 0 && (
      <ul class="because">
        {wait.because.map((text) => (
          <li key={text}>{text}</li>
        ))}
      </ul>
    )}
  </li>
)

/** Counted down before one's eyes. */
const leftText = (until: number): string =>
  until > now.value ? `${durationText(until - now.value)} left` : `since ${durationText(now.value - until)}`

/** A command in it can be copied: it stands behind a colon, and is the rest. */
const Todo = ({ text }: { readonly text: string }) => {
  const command = /(?<=: )(?:npx )?(dynactor .+?)(?=\.?$)/.exec(text)
  if (command === null) return <>{text}</>
  const found = `npx ${command[1] ?? ""}`
  return (
    <>
      {text.slice(0, command.index)}
      <code>{found}</code>
      {text.slice(command.index + command[0].length)} <CopyButton text={found} what="command" />
    </>
  )
}
