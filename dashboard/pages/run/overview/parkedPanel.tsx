import { ask } from "../../../api/request.ts"
import { useResource } from "../../../api/resource.ts"
import type { Comparison, RunDescription } from "../../../api/shapes.ts"

/** Why it cannot go on as it is, and where code and history part, side by side. */
export const ParkedPanel = ({ run, mark }: { readonly run: RunDescription; readonly mark: number }) => {
  const { data } = useResource(
    `compare ${run.runId}`,
    (signal) => ask<Comparison>(["runs", run.runId, "compare"], { signal }),
    mark
  )
  const { _tag = "parked", message } = run.parked ?? {}
  const divergence = data?.divergence
  return (
    <section class="panel panel-parked" aria-labelledby="parked">
      <h2 id="parked">
        Parked <span class="tag">{_tag}</span>
      </h2>
      {message !== undefined && divergence === undefined && <p class="prose">{message}</p>}
      {divergence !== undefined && (
        <div class="side-by-side">
          <section aria-label="History">
            <h3>The history has</h3>
            <pre>{divergence.recorded ?? "nothing here"}</pre>
            <p class="faint number">
              at message {divergence.position}
              {divergence.entry !== null && `, ${divergence.entry}`}
            </p>
          </section>
          <section aria-label="Code">
            <h3>The code does</h3>
            <pre>{divergence.now ?? "nothing here"}</pre>
            <p class="faint">{divergence.location ?? divergence.command ?? ""}</p>
          </section>
        </div>
      )}
      {data?.verdict === "fits" && (
        <p class="prose">
          The code of this server fits the history (
          <span class="number">
            {data.replayed} of {data.total}
          </span>{" "}
          messages replayed): the run goes on with its next message, or when the sweeper looks at it.
        </p>
      )}
      <p class="faint">Nothing is lost: it goes on as soon as the reason is gone.</p>
    </section>
  )
}
