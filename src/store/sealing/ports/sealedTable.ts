import * as Effect from "effect/Effect"
import { type Message, placeOf } from "../../../actor/history/message.ts"
import { StoreUnavailable } from "../../errors.ts"
import type { PutResult, RunTable } from "../../runTable.ts"
import type { AsWrites } from "../../transactions/asWrites.ts"
import type { PutWith, PutWithResult } from "../../transactions/putWith.ts"
import { hidden, unknownThere } from "../bundle.ts"
import type { Seals } from "../seals.ts"
import { type KnownHeads, openHead, sealHead } from "./sealedHead.ts"
import { openMessage, sealMessage, whyUnopened } from "./sealedMessages.ts"
import { openError } from "./sealedQueue.ts"

export const sealedTable = (seals: Seals, known: KnownHeads, table: RunTable["Service"]): RunTable["Service"] => {
  const open = (address: string) => (message: Message) => openMessage(seals, address, message)
  const errors = <One extends { readonly key: string; readonly lastError?: string | undefined }>(
    runId: string,
    some: ReadonlyArray<One>
  ) =>
    Effect.forEach(some, (one) =>
      Effect.map(openError(seals, runId, one.key, one.lastError), (lastError): One => ({ ...one, lastError }))
    )
  const { asWrites, putWith, stepsQueued } = table
  return {
    ...table,
    put: (address, message) =>
      Effect.flatMap(sealMessage(seals, "RunTable.put", address, message), (sealed) =>
        Effect.flatMap(table.put(address, sealed), (put) => openPut(seals, address, put))
      ),
    ...(putWith === undefined ? {} : { putWith: sealedPutWith(seals, putWith) }),
    ...(asWrites === undefined ? {} : { asWrites: sealedAsWrites(seals, asWrites) }),
    readHead: (address) =>
      Effect.flatMap(table.readHead(address), (head) =>
        head === undefined ? Effect.succeed(undefined) : openHead(seals, known, address, head)
      ),
    readMessage: (address, key) =>
      Effect.flatMap(table.readMessage(address, key), (message) =>
        message === undefined ? Effect.succeed(undefined) : open(address)(message)
      ),
    readRun: Effect.fnUntraced(function* (address) {
      const stored = yield* table.readRun(address)
      const { head } = stored
      return {
        ...stored,
        head: head === undefined ? undefined : yield* openHead(seals, known, address, head),
        messages: yield* Effect.forEach(stored.messages, open(address), { concurrency: 32 })
      }
    }),
    commitHead: Effect.fnUntraced(function* (address, head) {
      const sealed = yield* sealHead(seals, known, "RunTable.commitHead", address, head)
      const result = yield* table.commitHead(address, sealed)
      if (result._tag === "Committed" || result.head === undefined) return result
      return { ...result, head: yield* openHead(seals, known, address, result.head) }
    }),
    stepRetries: (runId) =>
      Effect.flatMap(table.stepRetries(runId), (some) =>
        some === undefined ? Effect.succeed(undefined) : errors(runId, some)
      ),
    ...(stepsQueued === undefined
      ? {}
      : { stepsQueued: (runId) => Effect.flatMap(stepsQueued(runId), (some) => errors(runId, some)) })
  }
}

/** Whoever puts a row that is there compares the two. Where the one that is there cannot be opened, nobody can say that it is the same, nor that it is not. */
const openPut = Effect.fnUntraced(function* (seals: Seals, address: string, put: PutResult) {
  if (put._tag === "Inserted") return put
  const message = yield* openMessage(seals, address, put.message)
  const why = whyUnopened(message)
  // Of a start the fingerprint tells, which is opened for nobody's eyes.
  if (why === undefined || (why === hidden && message.kind === "start"))
    return { _tag: "Exists", message } satisfies PutResult as PutResult
  const refused = unknownThere("RunTable.put", placeOf(message), why)
  // A parent would take a refusal for its child's answer, once and for all.
  const isOfParent = message.kind === "child" || (message.kind === "start" && message.parent !== undefined)
  if (why.reason === "away" || (isOfParent && why.reason === "refused"))
    return yield* new StoreUnavailable({ operation: refused.operation, message: refused.message })
  return yield* refused
})

const sealedAsWrites =
  (seals: Seals, asWrites: AsWrites): AsWrites =>
  (row) =>
    Effect.flatMap(sealMessage(seals, "RunTable.asWrites", row.address, row.message), (message) =>
      asWrites({ ...row, message: message as typeof row.message })
    )

/** What a step writes of its own is its own: only the row is sealed. */
const sealedPutWith =
  (seals: Seals, putWith: PutWith): PutWith =>
  (address, message, writes) =>
    sealMessage(seals, "RunTable.putWith", address, message).pipe(
      Effect.flatMap((sealed) => putWith(address, sealed, writes)),
      Effect.flatMap((put) =>
        put._tag === "Exists"
          ? Effect.map(openMessage(seals, address, put.message), (there): PutWithResult => ({ ...put, message: there }))
          : Effect.succeed(put)
      ),
      Effect.catchTag("StoreRefused", ({ message: why }) =>
        Effect.succeed<PutWithResult>({ _tag: "Unfit", message: why, isFinal: false })
      )
    )
