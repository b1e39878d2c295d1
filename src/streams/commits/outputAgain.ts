import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { Actor } from "../../actor/actor.ts"
import { NonDeterminismError } from "../../actor/errors.ts"
import { parseAddress, placeOfAddress } from "../../actor/history/generation.ts"
import type { Head } from "../../actor/history/head.ts"
import type { EmittedRecord } from "../../actor/history/output/emitted.ts"
import { appendOfBody, endOutput } from "../../store/beside/appendOutput.ts"
import { OutputChunks, streamRun } from "../../store/beside/outputChunks.ts"
import { tailAfter } from "../../store/beside/outputTail.ts"
import { Commits } from "../../store/commits.ts"

/** What of the head's last commit is not in its streams. In a store where both are one transaction, nothing ever is. */
export const lackingOutput = Effect.fnUntraced(function* (runId: string, head: Head | undefined) {
  const unsettled = (head?.emitted ?? []).filter(({ count, from }) => from < count)
  if (unsettled.length === 0 || (yield* Commits).atomic) return []
  const chunks = yield* OutputChunks
  const { generation } = parseAddress(runId)
  const lacking: Array<EmittedRecord> = []
  for (const record of unsettled) {
    const { bodies, isEnded } = tailAfter(
      yield* chunks.lastUpTo({ runId: streamRun(runId, head?.since), name: record.stream })
    )
    const there = bodies.generation > generation || (bodies.generation === generation && bodies.count >= record.count)
    if (!there && !isEnded) lacking.push(record)
  }
  return lacking
})

/**
 * Values follow the commit that emitted them, as rows for other runs do: whoever meets such a head without having written it makes
 * sure that they are there, from the replay. Answers with a reason to park if today's code does not emit them any more.
 */
export const appendAgain = Effect.fnUntraced(function* (
  runId: string,
  actor: Actor,
  lacking: ReadonlyArray<EmittedRecord>
) {
  const chunks = yield* OutputChunks
  const at = yield* Clock.currentTimeMillis
  for (const { count, stream } of lacking) {
    const emitted = actor.emits.ofLastCommit.find((one) => one.stream === stream)
    const emits = emitted === undefined ? 0 : emitted.from + emitted.values.length
    if (emitted === undefined || emits < count) return emitsLess(stream, count, emits)
    const { generation } = parseAddress(runId)
    const id = streamRun(runId, actor.start?.continues?.since)
    yield* appendOfBody(chunks, { runId: id, name: stream }, generation, emitted, at)
  }
  return undefined
})

const emitsLess = (stream: string, count: number, emits: number): NonDeterminismError =>
  new NonDeterminismError({
    message: `the run has emitted ${count} values to stream ${stream}, of which the last are not there yet, and the code now emits ${emits} up to this point`,
    command: `stream ${stream}`,
    recorded: `${count} values`,
    issued: `${emits} values`
  })

/** The run is over, and the code that could tell the rest is gone: the stream ends where it is, so that nobody waits for more. */
export const endLacking = Effect.fnUntraced(function* (
  runId: string,
  since: number | undefined,
  lacking: ReadonlyArray<EmittedRecord>,
  why: string
) {
  const chunks = yield* OutputChunks
  for (const { stream } of lacking) {
    yield* Effect.logError(`stream ${stream} of run ${placeOfAddress(runId)} lacks its last values: ${why}`)
    const name = { runId: streamRun(runId, since), name: stream }
    while (!(yield* endOutput(chunks, name, tailAfter(yield* chunks.lastUpTo(name))))) yield* Effect.yieldNow
  }
})
