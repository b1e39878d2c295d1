import * as Effect from "effect/Effect"
import type { EmittedValues } from "../../../actor/history/output/emitted.ts"
import type { OutputChunk, OutputChunks, OutputStream } from "../../beside/outputChunks.ts"
import { nextBodyChunk, tailAfter } from "../../beside/outputTail.ts"
import type { Engine } from "../engine.ts"
import { storable, storableText } from "../file/sqliteErrors.ts"
import type { AfterCommit } from "../groupCommit.ts"

/** Output chunks as rows of their own table. They have no doorbells: readers of this process are told in memory, others look. */
export const sqliteOutput = (engine: Engine): OutputChunks["Service"] => {
  const { writes } = engine
  return {
    put: (stream, chunk) =>
      writes.run("OutputChunks.put", (afterCommit) => {
        if (insertChunk(engine, stream, chunk, afterCommit)) return { _tag: "Inserted" } as const
        return { _tag: "Exists", chunk: selectLast(engine, stream, chunk.position) as OutputChunk } as const
      }),
    lastUpTo: (stream, position) => writes.read("OutputChunks.lastUpTo", () => selectLast(engine, stream, position)),
    readFrom: (stream, position, limit) =>
      writes.read("OutputChunks.readFrom", () => selectFrom(engine, stream, position, limit)),
    names: (runId) =>
      writes.read("OutputChunks.names", () =>
        engine.database
          .sql("select distinct stream from output where run = ?")
          .all(runId)
          .map(({ stream }) => String(stream))
      ),
    changed: (stream, position, timeoutMs) => changed(engine, stream, position, timeoutMs)
  }
}

/** In the transaction of the commit that they follow. */
export const appendEmitted = (
  engine: Engine,
  stream: OutputStream,
  generation: number,
  emitted: EmittedValues,
  at: number,
  afterCommit: AfterCommit
): void => {
  for (;;) {
    const chunk = nextBodyChunk(tailAfter(selectLast(engine, stream)), generation, emitted, at)
    if (chunk === undefined) return
    insertChunk(engine, stream, chunk, afterCommit)
  }
}

const insertChunk = (
  engine: Engine,
  { runId, name }: OutputStream,
  chunk: OutputChunk,
  afterCommit: AfterCommit
): boolean => {
  const { position, at, values, source, bodies } = chunk
  const { changes } = engine.database
    .sql("insert or ignore into output (run, stream, position, at, body) values (?, ?, ?, ?, ?)")
    .run(
      storableText(runId, "the run id"),
      name,
      storable(position, `a position in stream ${name} of run ${runId}`),
      storable(at, `the time of values in stream ${name} of run ${runId}`),
      JSON.stringify({ values, source, bodies })
    )
  if (changes === 1) afterCommit(() => engine.output.tell(watched(runId, name)))
  return changes === 1
}

const selectLast = (
  engine: Engine,
  { runId, name }: OutputStream,
  position = Number.MAX_SAFE_INTEGER
): OutputChunk | undefined => {
  const row = engine.database
    .sql(
      "select position, at, body from output where run = ? and stream = ? and position <= ? order by position desc limit 1"
    )
    .get(runId, name, position)
  return row === undefined ? undefined : toChunk(row as unknown as OutputRow)
}

const selectFrom = (engine: Engine, { runId, name }: OutputStream, position: number, limit: number) => {
  const rows = engine.database
    .sql(
      "select position, at, body from output where run = ? and stream = ? and position >= ? order by position limit ?"
    )
    .all(runId, name, position, limit) as unknown as Array<OutputRow>
  return rows.map(toChunk)
}

interface OutputRow {
  readonly position: number
  readonly at: number
  readonly body: string
}

const toChunk = ({ position, at, body }: OutputRow): OutputChunk => ({ position, at, ...JSON.parse(body) })

const watched = (runId: string, name: string): string => `${name}/${runId}`

const changed = (engine: Engine, stream: OutputStream, position: number, timeoutMs: number): Effect.Effect<void> =>
  Effect.callback((resume) => {
    // It may have come since the caller looked: from here on nothing can come in between.
    if (isThere(engine, stream, position)) return resume(Effect.void)
    const stop = engine.output.wait(watched(stream.runId, stream.name), timeoutMs, () => resume(Effect.void))
    return Effect.sync(stop)
  })

/** False if the file cannot be read: who waits looks again by itself, and is told why then. */
const isThere = (engine: Engine, { runId, name }: OutputStream, position: number): boolean => {
  try {
    const there = "select 1 from output where run = ? and stream = ? and position >= ? limit 1"
    return engine.database.sql(there).get(runId, name, position) !== undefined
  } catch {
    return false
  }
}
