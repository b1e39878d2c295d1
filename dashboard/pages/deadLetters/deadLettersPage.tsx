import { ask } from "../../api/request.ts"
import { useResource } from "../../api/resource.ts"
import type { RunPage, RunSummary, Why } from "../../api/shapes.ts"
import { Empty } from "../../kit/empty.tsx"
import { Failure } from "../../kit/failure.tsx"
import { StatusBadge } from "../../kit/status.tsx"
import { Time } from "../../kit/time.tsx"
import { linkTo } from "../../shell/route.ts"
import { useTitle } from "../../shell/title.ts"

/** Each run that is looked at is a read of its own. */
const looks = [
  ["failed", 40],
  ["running", 20]
] as const

interface Found {
  readonly run: RunSummary
  readonly why: Why
}

const look = async (signal: AbortSignal) => {
  const pages = await Promise.all(
    looks.map(([status, limit]) => ask<RunPage>(["runs"], { query: { status, limit }, signal }))
  )
  const runs = pages.flatMap((page) => page.runs)
  const told = await Promise.all(
    runs.map(async (run): Promise<Found | undefined> => {
      const why = await ask<Why>(["runs", run.runId, "why"], { signal }).catch(() => undefined)
      return why?.causes.includes("deadLetter") ? { run, why } : undefined
    })
  )
  return { looked: runs.length, found: told.filter((one) => one !== undefined) }
}

export const DeadLettersPage = () => {
  useTitle("Dead letters")
  const { data, error, isLoading, reload } = useResource("dead letters", look)
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
      {data !== undefined ? (
        <Letters looked={data.looked} found={data.found} />
      ) : error === undefined ? (
        <p class="loading">Looking…</p>
      ) : (
        <Failure error={error} retry={reload} />
      )}
    </div>
  )
}

const Letters = ({ looked, found }: { readonly looked: number; readonly found: ReadonlyArray<Found> }) => (
  <>
    {found.length > 0 && (
      <ul class="cards">
        {found.map(({ run, why }) => (
          <li key={run.runId} class="panel card">
            <h2 class="run-title">
              <a class="wrap" href={linkTo(["runs", run.runId])}>
                {run.runId}
              </a>
              <StatusBadge status={run.status} />
            </h2>
            <p class="wrap">{why.sentences[0]}</p>
            <p class="faint">
              {run.workflow}, <Time at={run.updatedAt} />
            </p>
          </li>
        ))}
      </ul>
    )}
    {found.length === 0 ? (
      <Empty title="None among the runs that were looked at" command="npx dynactor dead-letters">
        The {looked} that have failed or gone on last. Those that lie in the queue now, because no host is at work, are
        listed by
      </Empty>
    ) : (
      <p class="note">
        Among the {looked} runs that have failed or gone on last. A run that has handled such a failure and gone on is
        not told here.
      </p>
    )}
  </>
)
