import { useState } from "preact/hooks"
import { ActDialog } from "../../acts/actDialog.tsx"
import type { RunAct } from "../../acts/runAct.ts"
import { runActs } from "../../acts/runActs.ts"
import { ask } from "../../api/request.ts"
import { useResource } from "../../api/resource.ts"
import type { Definitions, RunSummary } from "../../api/shapes.ts"
import { tellUser } from "../../shell/toasts.tsx"
import type { RunSelection } from "./selection.ts"

export interface SelectionBarProps {
  readonly selection: RunSelection
  readonly shown: ReadonlyArray<RunSummary>
  readonly hasMore: boolean
  /** All that fit the filters, those that are not loaded yet among them. */
  readonly loadAll: () => Promise<ReadonlyArray<RunSummary>>
  readonly onEnd: () => void
}

const actsOnMany = runActs.filter(({ isForOne = false }) => !isForOne)

/** How many are selected, and what can be done with them: each act says of how many it is. */
export const SelectionBar = ({ selection, shown, hasMore, loadAll, onEnd }: SelectionBarProps) => {
  const [chosen, setChosen] = useState<{ readonly act: RunAct; readonly runIds: ReadonlyArray<string> }>()
  const [isLoading, setLoading] = useState(false)
  const deployed = useResource("definitions", (signal) => ask<Definitions>(["definitions"], { signal })).data
  const runs = [...selection.selected.values()]
  const fitting = (act: RunAct) => runs.filter(({ status }) => act.fits(status)).map(({ runId }) => runId)
  const selectAll = async () => {
    setLoading(true)
    try {
      selection.add(await loadAll())
    } catch (error) {
      tellUser(error instanceof Error ? error.message : String(error), true)
    }
    setLoading(false)
  }
  return (
    <div class="selection-bar" role="toolbar" aria-label="Selected runs">
      <p class="number" role="status">
        {runs.length} selected
      </p>
      <button type="button" class="small" disabled={isLoading || shown.length === 0} onClick={() => void selectAll()}>
        {isLoading ? "Looking…" : hasMore ? "Select all that fit" : `Select all ${shown.length}`}
      </button>
      <button type="button" class="small" disabled={runs.length === 0} onClick={selection.clear}>
        Select none
      </button>
      <span class="selection-acts">
        {actsOnMany.map((act) => {
          const runIds = fitting(act)
          return (
            <button
              key={act.id}
              type="button"
              class={act.isDangerous ? "small danger-quiet" : "small"}
              disabled={runIds.length === 0}
              onClick={() => setChosen({ act, runIds })}
            >
              {act.label}
              {runIds.length > 0 && runIds.length < runs.length && (
                <span class="faint number" title={`${runs.length - runIds.length} of them stand otherwise`}>
                  {runIds.length}
                </span>
              )}
            </button>
          )
        })}
      </span>
      <button type="button" class="small quiet" onClick={onEnd}>
        Done
      </button>
      {chosen !== undefined && (
        <ActDialog
          act={chosen.act}
          runIds={chosen.runIds}
          offers={{ signals: deployed?.signals ?? [], updates: deployed?.updates ?? [] }}
          onClose={() => setChosen(undefined)}
          onDone={selection.drop}
        />
      )}
    </div>
  )
}
