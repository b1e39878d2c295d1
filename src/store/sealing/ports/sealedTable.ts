import * as Effect from "effect/Effect"
import type { Head } from "../../../actor/history/head.ts"
import { type Message, placeOf } from "../../../actor/history/message.ts"
import { StoreUnavailable } from "../../errors.ts"
import type { PutResult, RunTable } from "../../runTable.ts"
import type { AsWrites } from "../../transactions/asWrites.ts"
import type { PutWith, PutWithResult } from "../../transactions/putWith.ts"
import { hidden, unknownThere } from "../bundle.ts"
import type { Seals } from "../seals.ts"
import { type KnownHeads, openHead, sealHead, whileThere } from "./sealedHead.ts"
import { openMessage, sealMessage, whyUnopened } from "./sealedMessages.ts"
import { openError, openQueued } from "./sealedQueue.ts"

/** For who adds a method: does it bring a row, a head or a message in or out? Then it is sealed below. */
export const methodsOfTable: { readonly [Method in keyof Required<RunTable["Service"]>]: "sealed" | "clear" } = {
  put: "sealed",
  putWith: "sealed",
  asWrites: "sealed",
  readHead: "sealed",
  readMessage: "sealed",
  readRun: "sealed",
  putSegment: "clear",
  commitHead: "sealed",
  list: "clear",
  count: "clear",
  listDeleted: "clear",
  entomb: "clear",
  scanUnstarted: "clear",
  readMark: "clear",
  raiseMark: "clear",
  putTags: "clear",
  dropTags: "clear",
  lastSent: "clear",
  stepRetries: "sealed",
  stepsQueued: "sealed",
  deadLetters: "sealed",
  onChange: "clear",
  headChanged: "sealed"
}

export const sealedTable = (seals: Seals, known: KnownHeads, table: RunTable["Service"]): RunTable["Service"] => {
  const open = (address: string) => (message: Message) => openMessage(seals, address, message)
  const errors = <One extends { readonly key: string; readonly lastError?: string | undefined }>(
    runId: string,
    some: ReadonlyArray<One>
  ) =>
    Effect.forEach(some, (one) =>
      Effect.map(openError(seals, runId, one.key, one.lastError), (lastError): One => ({ ...one, lastError }))
    )
  const head = (operation: string, address: string, stored: Head | undefined) =>
    stored === undefined
      ? Effect.succeed(undefined)
      : Effect.flatMap(openHead(seals, known, address, stored), (opened) => whileThere(operation, opened))
  const { asWrites, deadLetters, putWith, stepsQueued } = table
  return {
    ...table,
    put: (address, message) =>
      Effect.flatMap(sealMessage(seals, "RunTable.put", address, message), (sealed) =>
        Effect.flatMap(table.put(address, sealed), (put) => openPut(seals, address, put))
      ),
    ...(putWith === undefined ? {} : { putWith: sealedPutWith(seals, putWith) }),
    ...(asWrites === undefined ? {} : { asWrites: sealedAsWrites(seals, asWrites) }),
    readHead: (address) =>
      Effect.flatMap(table.readHead(address), (stored) => head("RunTable.readHead", address, stored)),
    headChanged: (address, timeoutMs, beyond) =>
      Effect.flatMap(table.headChanged(address, timeoutMs, beyond), (told) =>
        // Whoever is told nothing looks for itself, and hears why it cannot be opened.
        Effect.orElseSucceed(head("RunTable.headChanged", address, told), () => undefined)
      ),
    readMessage: (address, key) =>
      Effect.flatMap(table.readMessage(address, key), (message) =>
        message === undefined
          ? Effect.succeed(undefined)
          : Effect.flatMap(open(address)(message), (opened) => {
              const why = whyUnopened(opened)
              return why?.reason === "away"
                ? Effect.fail(new StoreUnavailable({ operation: "RunTable.readMessage", message: why.message }))
                : Effect.succeed(opened)
            })
      ),
    readRun: Effect.fnUntraced(function* (address) {
      const stored = yield* table.readRun(address)
      return {
        ...stored,
        head: yield* head("RunTable.readRun", address, stored.head),
        messages: yield* Effect.forEach(stored.messages, open(address), { concurrency: 32 })
      }
    }),
    commitHead: Effect.fnUntraced(function* (address, next) {
      const sealed = yield* sealHead(seals, known, "RunTable.commitHead", address, next)
      const result = yield* table.commitHead(address, sealed)
      if (result._tag === "Committed") return result
      return { ...result, head: yield* head("RunTable.commitHead", address, result.head) }
    }),
    ...(deadLetters === undefined
      ? {}
      : {
          deadLetters: (limit) =>
            Effect.flatMap(deadLetters(limit), (some) => Effect.forEach(some, (message) => openQueued(seals, message)))
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
