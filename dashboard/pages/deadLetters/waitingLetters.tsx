import type { DeadLetters } from "../../api/shapes.ts"
import { Empty } from "../../kit/empty.tsx"
import { linkTo } from "../../shell/route.ts"

/** Those that lie in the queue now: there are some only for as long as no host is at work. */
export const WaitingLetters = ({ waiting }: Pick<DeadLetters, "waiting">) => (
  <section aria-labelledby="waiting-letters" class="panel">
    <h2 id="waiting-letters">In the queue now</h2>
    {waiting === null ? (
      <Empty title="This server does not look into its queue" command="npx dynactor dead-letters">
        Those that lie in it, because no host is at work, are listed by
      </Empty>
    ) : waiting.length === 0 ? (
      <p class="faint">None.</p>
    ) : (
      <ul class="cards">
        {waiting.map(({ attempt, key, kind, lastError, runId, workflow }) => (
          <li key={`${runId} ${kind} ${key}`} class="card">
            <h3>
              <a class="wrap" href={linkTo(["runs", runId])}>
                {runId}
              </a>
            </h3>
            <p class="wrap">
              {kind} <code>{key}</code>
              {attempt !== undefined && `, attempt ${attempt}`}
              {lastError !== undefined && `, before it: ${lastError}`}
            </p>
            {workflow !== undefined && <p class="faint">{workflow}</p>}
          </li>
        ))}
      </ul>
    )}
  </section>
)
