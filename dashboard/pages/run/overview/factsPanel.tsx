import { isOver, type RunDescription, type Timeline } from "../../../api/shapes.ts"
import { Fact } from "../../../kit/fact.tsx"
import { CopyButton } from "../../../kit/json.tsx"
import { numberText } from "../../../kit/numbers.ts"
import { Duration, Time } from "../../../kit/time.tsx"
import { linkTo } from "../../../shell/route.ts"

export const FactsPanel = ({
  run,
  timeline
}: {
  readonly run: RunDescription
  readonly timeline: Timeline | undefined
}) => {
  const isEnded = isOver(run.status)
  return (
    <section class="panel" aria-labelledby="facts">
      <h2 id="facts">Facts</h2>
      <dl class="facts facts-rows">
        <Fact
          name="Run id"
          value={
            <>
              <code>{run.runId}</code> <CopyButton text={run.runId} what="run id" />
            </>
          }
        />
        <Fact name="Workflow" value={<a href={linkTo(["workflows", run.workflow])}>{run.workflow}</a>} />
        <Fact name="Version" value={run.definitionVersion} />
        <Fact name="Started" value={<Time at={run.startedAt} />} />
        <Fact name="Last change" value={<Time at={run.updatedAt} />} />
        <Fact
          name={isEnded ? "Took" : "Has taken"}
          value={<Duration from={run.startedAt} to={isEnded ? run.updatedAt : undefined} />}
        />
        <Fact name="Messages" value={<span class="number">{numberText(run.messages)}</span>} />
        <Fact name="Generation" value={<span class="number">{run.generation}</span>} />
        {timeline !== undefined && (
          <Fact name="Commits" value={<span class="number">{numberText(timeline.version)}</span>} />
        )}
        {run.tags !== undefined && (
          <Fact
            name="Tags"
            value={Object.entries(run.tags).map(([name, value]) => <div key={name}>{`${name}=${value}`}</div>)}
          />
        )}
        {run.parentRunId !== undefined && (
          <Fact name="Parent" value={<a href={linkTo(["runs", run.parentRunId])}>{run.parentRunId}</a>} />
        )}
      </dl>
      {run.unread !== undefined && run.unread.length > 0 && (
        <>
          <h3>Signals that nothing has asked for</h3>
          <ul class="plain">
            {run.unread.map(({ name, count, for: what }) => (
              <li key={`${name} ${what ?? ""}`}>
                <span class="number">{count} ×</span> {name}
                {what !== undefined && <span class="faint"> for {what}</span>}
              </li>
            ))}
          </ul>
        </>
      )}
      {run.retriedSteps !== undefined && run.retriedSteps.length > 0 && (
        <>
          <h3>Steps that were tried again</h3>
          <ul class="plain">
            {run.retriedSteps.map(({ key, attempts, lastError }) => (
              <li key={key}>
                <strong>{key}</strong> <span class="number">{attempts} attempts</span>
                <div class="faint">{lastError}</div>
              </li>
            ))}
          </ul>
        </>
      )}
    </section>
  )
}
