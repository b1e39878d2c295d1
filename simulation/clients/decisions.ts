import type { Act } from "../acts/act.ts"
import type { Decision } from "../plan.ts"

/** Asked by somebody who looks after runs; `key`: of the row that it puts. A resumption has an id, as a pause has. */
export const decisionOf = (
  runId: string,
  what: Decision["do"],
  id: string
): Pick<Act, "what" | "ask"> & { readonly key: string } => {
  switch (what) {
    case "terminate":
      return { what: `terminate ${runId}`, key: "terminate", ask: (client) => client.terminate(runId) }
    case "pause":
      return { what: `pause ${runId}`, key: `pause/${id}`, ask: (client) => client.pause(runId, { id }) }
    case "resume":
      return { what: `resume ${runId}`, key: `resume/${id}`, ask: (client) => client.resume(runId, { id }) }
  }
}
