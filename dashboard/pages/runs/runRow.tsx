import { isOver, type RunSummary } from "../../api/shapes.ts"
import { StatusBadge } from "../../kit/status.tsx"
import { Duration, Time } from "../../kit/time.tsx"
import type { RowControl } from "../../kit/virtualList.tsx"
import { linkTo } from "../../shell/route.ts"

export const RunRow = ({ run, control }: { readonly run: RunSummary; readonly control: RowControl }) => (
  <a class="run-row" href={linkTo(["runs", run.runId])} {...control}>
    <span>
      <StatusBadge status={run.status} />
    </span>
    <span class="run-id" title={run.runId}>
      {run.runId}
      {run.generation > 0 && (
        <span class="faint number" title={`It has continued as new ${run.generation} times`}>
          {" "}
          gen {run.generation}
        </span>
      )}
    </span>
    <span class="run-workflow" title={`${run.workflow}, version ${run.definitionVersion}`}>
      {run.workflow}
      <span class="faint"> v{run.definitionVersion}</span>
    </span>
    <span class="run-time">
      <span class="visually-hidden">started </span>
      <Time at={run.startedAt} />
    </span>
    <span class="run-time run-updated">
      <span class="visually-hidden">changed </span>
      <Time at={run.updatedAt} />
    </span>
    <span class="run-time run-took">
      <span class="visually-hidden">{isOver(run.status) ? "took " : "has taken "}</span>
      <Duration from={run.startedAt} to={isOver(run.status) ? run.updatedAt : undefined} />
    </span>
  </a>
)
