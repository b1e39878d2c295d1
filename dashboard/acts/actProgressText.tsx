import { linkTo } from "../shell/route.ts"
import type { ActProgress } from "./actOnRuns.ts"

const mostTold = 50

export const ActProgressText = ({ progress: { of, done, failed } }: { readonly progress: ActProgress }) => (
  <section>
    <p role="status">
      <progress max={of} value={done.length + failed.length} aria-label="Runs that were asked" />{" "}
      <span class="number">
        {done.length} of {of} done{failed.length > 0 && `, ${failed.length} failed`}
      </span>
    </p>
    {failed.length > 0 && (
      <ul class="act-failures">
        {failed.slice(0, mostTold).map(({ runId, error }) => (
          <li key={runId} class="wrap">
            <a href={linkTo(["runs", runId])}>{runId}</a>: {error.message}
          </li>
        ))}
        {failed.length > mostTold && <li>and {failed.length - mostTold} more</li>}
      </ul>
    )}
  </section>
)
