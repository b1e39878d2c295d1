import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { RunNotFound } from "../../actor/errors.ts"
import type { Continuation } from "../../actor/history/continuation.ts"
import { addressOf, parseAddress } from "../../actor/history/generation.ts"
import type { Head } from "../../actor/history/head.ts"
import type { Ending } from "../../actor/history/outcome.ts"
import { openNewest } from "../../client/openNewest.ts"
import { load } from "../../store/payloads.ts"
import { readPresent } from "../../store/reading/presentRun.ts"
import { resolveMessage } from "../../store/reading/resolveMessage.ts"
import { adoptedOrder } from "../../store/reading/wholeRun.ts"
import { RunTable } from "../../store/runTable.ts"
import { readBeside, readMarksAndBeats } from "./besideRun.ts"
import type { ExportedGeneration, ExportedRun } from "./exportedRun.ts"
import { toRecordedHistory } from "./recordedHistory.ts"
import { sealOf } from "./seal.ts"

export interface ExportOptions {
  /**
   * Names of output streams that only its steps emit to. Where the store is DynamoDB, which has no list of a run's streams, they are looked for by
   * these names; those of bodies stand in the run. Default: none.
   */
  readonly streams?: ReadonlyArray<string>
}

/**
 * A run with all its generations and values, as a file has it: `replayHistory` takes it, and `importRun`. What stands beside the inbox goes with it:
 * output streams, answers to updates, marks of steps and heartbeats. Mind what in it is secret. Of a run that is to go on in another store this is taken
 * while it is paused: what comes for it afterwards is not in the file.
 *
 * Fails with `RunNotFound`, with `PayloadUnreadable`, `PayloadMissing` or `PayloadAltered` if a large value is not as it was, and with
 * `StoreUnavailable` or `StoreRefused`.
 *
 * @example
 * const run = yield* exportRun("order-17")
 * yield* Effect.promise(() => writeFile("order-17.json", JSON.stringify(run)))
 */
export const exportRun = Effect.fnUntraced(function* (runId: string, { streams = [] }: ExportOptions = {}) {
  const { generation } = parseAddress((yield* openNewest(runId)).address)
  const all: Array<Found> = []
  for (let number = 0; number <= generation; number++) {
    const one = yield* readGeneration(runId, number)
    // Between two generations the next one may have no head yet: then the one before it is the last that is on record.
    if (one === undefined && number > 0) break
    if (one === undefined)
      return yield* new RunNotFound({ runId, message: `there is no run ${runId}, or it has not begun` })
    all.push(one)
  }
  const ahead = yield* readAhead(addressOf(runId, all.length))
  const beside = yield* readBeside(
    runId,
    all.map(({ exported, head }) => ({ head, messages: exported.messages })),
    streams
  )
  const { exported: last } = all.at(-1) as Found
  const exported = {
    ...last,
    ...beside,
    earlier: all.slice(0, -1).map((one) => one.exported),
    ...(ahead.length === 0 ? {} : { ahead }),
    exportedAt: yield* Clock.currentTimeMillis
  }
  return { ...exported, seal: sealOf(exported) } satisfies ExportedRun as ExportedRun
})

interface Found {
  readonly head: Head
  readonly exported: ExportedGeneration
}

const readGeneration = Effect.fnUntraced(function* (runId: string, generation: number) {
  const address = addressOf(runId, generation)
  const stored = yield* readPresent(address)
  const { head } = stored
  if (head === undefined) return undefined
  const messages = yield* Effect.forEach(stored.messages, resolveMessage, { concurrency: 8 })
  const whole = yield* resolveHead(head)
  const history = { order: adoptedOrder(head, stored), open: head.open, abandoned: head.abandoned }
  const { segments: _, tail: __, ...rest } = whole
  const exported: ExportedGeneration = {
    ...toRecordedHistory(address, history, messages, whole.outcome),
    head: rest,
    ...(yield* readMarksAndBeats(address, head))
  }
  return { head, exported } satisfies Found
})

/** What was put for a generation of which no turn was taken yet. */
const readAhead = Effect.fnUntraced(function* (address: string) {
  const { messages } = yield* (yield* RunTable).readRun(address)
  return yield* Effect.forEach(messages, resolveMessage, { concurrency: 8 })
})

/** With all payloads in hand. What its last commit answers to updates is among the answers. */
const resolveHead = Effect.fnUntraced(function* ({ replies: _, ...head }: Head) {
  const { concluded } = head
  const states = yield* Effect.forEach(head.states ?? [], ({ name, payload }) =>
    Effect.map(load(payload), (loaded) => ({ name, payload: loaded }))
  )
  const outcome = head.outcome === undefined ? undefined : yield* resolveEnding(head.outcome)
  const payload = concluded === undefined ? undefined : yield* load(concluded.outcome.payload)
  return {
    ...head,
    ...(head.states === undefined ? {} : { states }),
    ...(outcome === undefined ? {} : { outcome }),
    ...(concluded === undefined || payload === undefined
      ? {}
      : { concluded: { ...concluded, outcome: { ...concluded.outcome, payload } } })
  } satisfies Head as Head
})

/** What a generation hands to the next one refers to its input in turn. */
const resolveEnding = Effect.fnUntraced(function* (ending: Ending) {
  const payload = yield* load(ending.payload)
  if (ending.tag !== "continued") return { ...ending, payload } satisfies Ending as Ending
  const continuation = JSON.parse(payload.json) as Continuation
  const whole: Continuation = { ...continuation, input: yield* load(continuation.input) }
  return { ...ending, payload: { json: JSON.stringify(whole) } } satisfies Ending as Ending
})
