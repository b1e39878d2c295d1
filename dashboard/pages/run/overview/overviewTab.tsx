import type { RunDescription, Timeline } from "../../../api/shapes.ts"
import { ErrorChain } from "../values/errorChain.tsx"
import { Shown } from "../values/shown.tsx"
import { CostPanel } from "./costPanel.tsx"
import { FactsPanel } from "./factsPanel.tsx"
import { ParkedPanel } from "./parkedPanel.tsx"
import { WhyPanel } from "./whyPanel.tsx"

export const OverviewTab = ({
  run,
  timeline,
  mark
}: {
  readonly run: RunDescription
  readonly timeline: Timeline | undefined
  readonly mark: number
}) => (
  <div class="overview">
    <div class="overview-main">
      {run.status === "parked" && <ParkedPanel run={run} mark={mark} />}
      <WhyPanel run={run} mark={mark} />
      <EndPanel run={run} timeline={timeline} />
      <InputPanel timeline={timeline} />
    </div>
    <div class="overview-side">
      <FactsPanel run={run} timeline={timeline} />
      <CostPanel runId={run.runId} mark={mark} />
    </div>
  </div>
)

/** How it ended: the output, or the error with its causes. */
const EndPanel = ({ run, timeline }: { readonly run: RunDescription; readonly timeline: Timeline | undefined }) => {
  if (run.outcome === undefined) return null
  const of = { runId: run.runId, generation: run.generation }
  const { error, output } = timeline ?? {}
  const isBad = run.outcome !== "succeeded"
  return (
    <section class={isBad ? "panel panel-bad" : "panel"} aria-labelledby="end">
      <h2 id="end">{isBad ? `Why it ${run.outcome === "cancelled" ? "was cancelled" : run.outcome}` : "Output"}</h2>
      {error !== undefined ? (
        <ErrorChain error={error} of={of} />
      ) : output !== undefined ? (
        <Shown value={output} label="output" of={of} />
      ) : (
        <p class="note">{timeline === undefined ? "Reading…" : "It ended with no value."}</p>
      )}
    </section>
  )
}

const InputPanel = ({ timeline }: { readonly timeline: Timeline | undefined }) => {
  const start = timeline?.from === 0 ? timeline.entries.find(({ kind }) => kind === "start") : undefined
  if (timeline === undefined || start?.value === undefined) return null
  return (
    <section class="panel" aria-labelledby="input">
      <h2 id="input">Input</h2>
      <Shown value={start.value} label="input" of={timeline} />
    </section>
  )
}
