import type { Recording } from "../world/schedule.ts"
import type { Problem } from "./problem.ts"

const title = "an async call goes on that nobody waits for"

/** Async calls that are still under way when those who began them are through: in workflow code, and in steps that act upon the world. */
export const strayProblem = ({ engine }: Recording): Problem | undefined => {
  for (const { runId, strays } of engine.runs.values()) {
    const [place] = strays
    if (place === undefined) continue
    return {
      kind: "stray",
      title,
      explain: () => [
        `The code of run ${runId} calls an async function and does not wait for it${place}.`,
        "What comes after its first await runs outside of the run: at any time, and again in every replay. Call it in a step, and await it there."
      ]
    }
  }
  // Where code waits for others, it is in their calls that it goes on.
  if (engine.events.some(({ kind }) => kind === "paused")) return undefined
  const [stray] = engine.strays
  if (stray === undefined) return undefined
  return {
    kind: "stray",
    title,
    explain: () => [
      `Step ${stray.command.key} has answered, and its code changes the world afterwards, by an async call that it does not await${stray.place}.`,
      "If the worker stops before that, it is lost: the step counts as done, and nobody tries it again."
    ]
  }
}
