import * as Effect from "effect/Effect"
import type { EmittedValues } from "../../../actor/history/output/emitted.ts"
import type { Reply } from "../../../actor/history/reply.ts"
import type { ChunkSource, OutputChunk, OutputChunks, OutputStream } from "../../beside/outputChunks.ts"
import type { Replies } from "../../beside/replies.ts"
import { sealedTextOf, sealedValue } from "../../beside/sealedValue.ts"
import { isSameMark, type StepMark, type StepMarks } from "../../beside/stepMarks.ts"
import { isUnopened, openBundle, sealBundle, unknownThere } from "../bundle.ts"
import type { Place, Seals } from "../seals.ts"

export const sealReply = (seals: Seals, operation: string, runId: string, reply: Reply) =>
  Effect.map(
    sealBundle(seals, operation, reply.outcome.payload, {}, placeOfReply(runId, reply.name, reply.id)),
    (payload): Reply => ({ ...reply, outcome: { ...reply.outcome, payload } })
  )

const placeOfReply = (runId: string, name: string, id: string): Place => ({ runId, place: `reply/${name}/${id}` })

export const sealedReplies = (seals: Seals, replies: Replies["Service"]): Replies["Service"] => ({
  put: (runId, reply) =>
    Effect.flatMap(sealReply(seals, "Replies.put", runId, reply), (sealed) => replies.put(runId, sealed)),
  read: (runId, name, id) =>
    Effect.flatMap(replies.read(runId, name, id), (reply) =>
      reply === undefined
        ? Effect.succeed(undefined)
        : Effect.map(
            openBundle(seals, reply.outcome.payload, placeOfReply(runId, name, id)),
            ({ payload }): Reply => ({ ...reply, outcome: { ...reply.outcome, payload } })
          )
    )
})

const placeOfMark = (address: string, step: string): Place => ({ runId: address, place: `mark/${step}` })

export const sealedMarks = (seals: Seals, marks: StepMarks["Service"]): StepMarks["Service"] => {
  const open = (address: string, step: string, mark: StepMark) =>
    mark.details === undefined
      ? Effect.succeed(mark)
      : Effect.map(
          openBundle(seals, mark.details, placeOfMark(address, step)),
          ({ payload }): StepMark => ({ ...mark, details: payload })
        )
  return {
    read: (address, step) =>
      Effect.flatMap(marks.read(address, step), (mark) =>
        mark === undefined ? Effect.succeed(undefined) : open(address, step, mark)
      ),
    write: Effect.fnUntraced(function* (address, step, mark) {
      const { details } = mark
      const sealed =
        details === undefined
          ? mark
          : { ...mark, details: yield* sealBundle(seals, "StepMarks.write", details, {}, placeOfMark(address, step)) }
      const found = yield* marks.write(address, step, sealed)
      if (found === undefined) return undefined
      const there = yield* open(address, step, found)
      // The answer to its first write was lost, and sealed again it is another text.
      if (isSameMark(there, mark)) return undefined
      const { details: told } = there
      if (told !== undefined && isUnopened(told) && there.token === mark.token && there.version === mark.version) {
        const why = "json" in told ? told.unopened : undefined
        if (why !== undefined) return yield* unknownThere("StepMarks.write", `the mark of step ${step}`, why)
      }
      return there
    })
  }
}

const placeOfValues = ({ name, runId }: OutputStream, source: ChunkSource, count: number): Place => {
  const of = source.kind === "step" ? `step/${source.key}/${source.execution}` : "body"
  const generation = source.kind === "body" ? source.generation : 0
  const index = source.kind === "end" ? 0 : source.index
  return { runId, place: `stream/${name}/${of}/${generation}/${index}+${count}` }
}

export const sealedOutput = (seals: Seals, chunks: OutputChunks["Service"]): OutputChunks["Service"] => {
  const open = (stream: OutputStream, chunk: OutputChunk) =>
    Effect.map(openValues(seals, stream, chunk), (values): OutputChunk => ({ ...chunk, values }))
  return {
    ...chunks,
    put: Effect.fnUntraced(function* (stream, chunk) {
      const { source, values } = chunk
      const sealed =
        values.length === 0 ? values : yield* sealTogether(seals, "OutputChunks.put", stream, source, values)
      const put = yield* chunks.put(stream, { ...chunk, values: sealed })
      return put._tag === "Inserted" ? put : { ...put, chunk: yield* open(stream, put.chunk) }
    }),
    lastUpTo: (stream, position) =>
      Effect.flatMap(chunks.lastUpTo(stream, position), (chunk) =>
        chunk === undefined ? Effect.succeed(undefined) : open(stream, chunk)
      ),
    readFrom: (stream, position, limit) =>
      Effect.flatMap(chunks.readFrom(stream, position, limit), (some) =>
        Effect.forEach(some, (chunk) => open(stream, chunk))
      )
  }
}

/** All values of a chunk as one text, in the place of the first; of the others only their number is left. */
const sealTogether = (
  seals: Seals,
  operation: string,
  stream: OutputStream,
  source: ChunkSource,
  values: ReadonlyArray<string>
) =>
  Effect.map(
    seals.seal(operation, JSON.stringify(values), placeOfValues(stream, source, values.length)),
    (text): ReadonlyArray<string> => [sealedValue(text), ...values.slice(1).map(() => "null")]
  )

/** What a body has emitted, where the store makes chunks of it inside of its transaction: each value by itself. */
export const sealEmitted = (seals: Seals, runId: string, generation: number, emitted: EmittedValues) => {
  const { from, stream: name, values } = emitted
  return Effect.map(
    Effect.forEach(values, (value, offset) => {
      const source = { kind: "body", generation, index: from + offset } as const
      const place = placeOfValues({ runId, name }, source, 1)
      return Effect.map(seals.seal("Commits.commit", JSON.stringify([value]), place), sealedValue)
    }),
    (sealed): EmittedValues => ({ ...emitted, values: sealed })
  )
}

const openValues = Effect.fnUntraced(function* (seals: Seals, stream: OutputStream, { source, values }: OutputChunk) {
  const first = sealedTextOf(values[0])
  if (values.length > 1 && first !== undefined && values[1] === "null") {
    const opened = yield* seals.open(first, placeOfValues(stream, source, values.length))
    // Each of those that are not told says so.
    if ("unopened" in opened || seals.hides) return values.map(() => values[0] as string)
    return JSON.parse(opened.clear) as ReadonlyArray<string>
  }
  return yield* Effect.forEach(values, (value, offset) => openValue(seals, stream, source, value, offset))
})

const openValue = (seals: Seals, stream: OutputStream, source: ChunkSource, value: string, offset: number) => {
  const text = sealedTextOf(value)
  if (text === undefined) return Effect.succeed(seals.takesClear ? value : sealedValue("~"))
  const own = source.kind === "end" ? source : { ...source, index: source.index + offset }
  return Effect.map(seals.open(text, placeOfValues(stream, own, 1)), (opened) =>
    "unopened" in opened || seals.hides ? value : ((JSON.parse(opened.clear) as ReadonlyArray<string>)[0] as string)
  )
}
