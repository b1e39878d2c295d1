import type { DeadStep } from "../../api/shapes.ts"
import { StatusBadge } from "../../kit/status.tsx"
import { Time } from "../../kit/time.tsx"
import { linkTo } from "../../shell/route.ts"

export const DeadSteps = ({ steps }: { readonly steps: ReadonlyArray<DeadStep> }) => (
  <ul class="cards">
    {steps.map(({ at, attempts, key, message, runId, status, workflow }) => (
      <li key={`${runId} ${key}`} class="card">
        <h3 class="run-title">
          <a class="wrap" href={linkTo(["runs", runId])}>
            {runId}
          </a>
          <StatusBadge status={status} />
        </h3>
        <p class="wrap">
          <code>{key}</code> after {attempts === 1 ? "one attempt" : `${attempts} attempts`}: {message}
        </p>
        <p class="faint">
          {workflow}, <Time at={at} />
        </p>
      </li>
    ))}
  </ul>
)
