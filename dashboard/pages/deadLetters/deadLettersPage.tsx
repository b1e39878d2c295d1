import { useState } from "preact/hooks"
import { listNews, useSeldom } from "../../api/events.ts"
import { ask } from "../../api/request.ts"
import { useResource } from "../../api/resource.ts"
import { type DeadLetters, type ListedStatus, listedStatuses } from "../../api/shapes.ts"
import { Empty } from "../../kit/empty.tsx"
import { Failure } from "../../kit/failure.tsx"
import { linkTo, replaceWith, route } from "../../shell/route.ts"
import { useTitle } from "../../shell/title.ts"
import { DeadSteps } from "./deadSteps.tsx"
import { WaitingLetters } from "./waitingLetters.tsx"

const perPage = 50
/** A look reads the history of each run: on a table that is paid for. */
const leastBetweenMs = 30_000

/** As many pages as were asked for. */
const load = async (status: ListedStatus, pages: number, signal: AbortSignal): Promise<DeadLetters> => {
  let found: DeadLetters | undefined
  for (let read = 0; read < pages; read++) {
    const cursor = found?.cursor
    const page = await ask<DeadLetters>(["dead-letters"], { query: { status, limit: perPage, cursor }, signal })
    const { cursor: next } = page
    found = {
      waiting: found?.waiting ?? page.waiting,
      steps: [...(found?.steps ?? []), ...page.steps],
      looked: (found?.looked ?? 0) + page.looked,
      ...(next === undefined ? {} : { cursor: next })
    }
    if (next === undefined) break
  }
  return found ?? { waiting: null, steps: [], looked: 0 }
}

export const DeadLettersPage = () => {
  useTitle("Dead letters")
  const status = listedStatuses.find((one) => one === route.value.query.get("status")) ?? "failed"
  const [pages, setPages] = useState(1)
  const { data, error, isLoading, reload } = useResource(
    `dead letters ${status} ${pages}`,
    (signal) => load(status, pages, signal),
    useSeldom(listNews.value, leastBetweenMs)
  )
  return (
    <div class="page">
      <div class="run-title">
        <h1>Dead letters</h1>
        <button type="button" class="small" disabled={isLoading} onClick={reload}>
          Look again
        </button>
      </div>
      <p class="note">
        A step whose message was received again and again, and never answered: its workers die at it, or hand it back. A
        host tells the run, whose step fails with <code>StepFailed</code>, reason <code>deadLetter</code>; so no run
        waits for one for ever.
      </p>
      {error !== undefined && data === undefined && <Failure error={error} retry={reload} />}
      {data === undefined && error === undefined && <p class="loading">Looking…</p>}
      {data !== undefined && (
        <>
          <WaitingLetters waiting={data.waiting} />
          <section aria-labelledby="dead-steps" class="panel">
            <h2 id="dead-steps">Steps that have failed by one</h2>
            <label class="inline-field">
              Of runs that are{" "}
              <select
                value={status}
                onChange={(event) => {
                  setPages(1)
                  replaceWith(linkTo(["dead-letters"], { status: event.currentTarget.value }))
                }}
              >
                {listedStatuses.map((one) => (
                  <option key={one}>{one}</option>
                ))}
              </select>
            </label>
            {data.steps.length === 0 ? (
              <Empty title={`None among the ${data.looked} runs that were looked at`}>
                {status === "failed"
                  ? "A run that has handled such a failure has gone on: look among those that run or have succeeded."
                  : "They are the runs that were started last."}
              </Empty>
            ) : (
              <DeadSteps steps={data.steps} />
            )}
            <p class="foot" role="status">
              {data.looked} runs looked at, the newest first.{" "}
              {data.cursor !== undefined && (
                <button type="button" class="small" disabled={isLoading} onClick={() => setPages(pages + 1)}>
                  Look at {perPage} more
                </button>
              )}
            </p>
          </section>
        </>
      )}
    </div>
  )
}
