import { isOver, type RunSummary } from "../../api/shapes.ts"
import { StatusBadge } from "../../kit/status.tsx"
import { Duration, Time } from "../../kit/time.tsx"
import type { RowControl } from "../../kit/virtualList.tsx"
import { linkTo } from "../../shell/route.ts"

export interface RunRowProps {
  readonly run: RunSummary
  readonly control: RowControl
  /** Rows are taken and left, and lead nowhere. */
  readonly selecting?: { readonly isSelected: boolean; readonly toggle: (isRange: boolean) => void }
}

export const RunRow = ({ run, control, selecting }: RunRowProps) =>
  selecting === undefined ? (
    <a class="run-row" href={linkTo(["runs", run.runId])} {...control}>
      <Cells run={run} />
    </a>
  ) : (
    <label class={selecting.isSelected ? "run-row selecting selected" : "run-row selecting"}>
      <input
        type="checkbox"
        checked={selecting.isSelected}
        onClick={(event) => selecting.toggle(event.shiftKey)}
        {...control}
      />
      <Cells run={run} />
    </label>
  )

const tagsText = (tags: NonNullable<RunSummary["tags"]>): string =>
  Object.entries(tags)
    .map(([key, value]) => `${key}=${value}`)
    .join(" ")

const Cells = ({ run }: { readonly run: RunSummary }) => (
  <>
    <span class="run-status">
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
      {run.tags !== undefined && <span class="faint"> {tagsText(run.tags)}</span>}
    </span>
    <span class="run-workflow" title={`${run.workflow}, version ${run.definitionVersion}`}>
      {run.workflow}
      <span class="faint"> v{run.definitionVersion}</span>
    </span>
    <span class="run-time run-started">
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
  </>
)
