import { keyInRun } from "../../../actor/history/generation.ts"
import type { Message } from "../../../actor/history/message.ts"
import type { OutputChunk } from "../../../store/beside/outputChunks.ts"

/**
 * JSON texts of a stream, without those of tries that do not stand: of a step that was answered another one does, otherwise the last. `runs`: all generations
 * that may have emitted to it.
 */
export const standingOutput = (
  chunks: ReadonlyArray<OutputChunk>,
  runs: ReadonlyArray<{ readonly runId: string; readonly inbox: ReadonlyMap<string, Message> }>
): ReadonlyArray<string> => {
  const standing = new Map<string, string | undefined>()
  for (const { source } of chunks) if (source.kind === "step") standing.set(source.key, source.execution)
  for (const { inbox, runId } of runs)
    for (const row of inbox.values()) if (row.kind === "step") standing.set(keyInRun(runId, row.key), row.execution)
  return chunks.flatMap(({ source, values }) =>
    source.kind !== "step" || standing.get(source.key) === source.execution ? values : []
  )
}
