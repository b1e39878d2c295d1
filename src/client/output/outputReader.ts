import * as Effect from "effect/Effect"
import { readEntry } from "../../actor/history/entry.ts"
import { addressOf, generationOfKey, keyInRun, parseAddress } from "../../actor/history/generation.ts"
import { isTerminal } from "../../actor/history/head.ts"
import { messageKey } from "../../actor/history/message.ts"
import { endOutput } from "../../store/beside/appendOutput.ts"
import { type OutputChunk, OutputChunks, type OutputStream, streamRun } from "../../store/beside/outputChunks.ts"
import { type OutputTail, tailAfter } from "../../store/beside/outputTail.ts"
import { runGone } from "../../store/deletion/gone.ts"
import { findAsItWas, type Newest } from "../../store/generations/newest.ts"
import { endOfStart, startOf } from "../../store/generations/starts.ts"
import { adoptedOrder, readWholeRun } from "../../store/reading/wholeRun.ts"
import { RunTable } from "../../store/runTable.ts"
import { PositionInvalid } from "../errors.ts"
import { lookAgain } from "../openNewest.ts"
import type { StreamItem, StreamReadOptions } from "./streamItem.ts"
import { attemptOf, Tries } from "./tries.ts"

/** Some items, their values as JSON texts. */
export interface OutputPage {
  readonly items: ReadonlyArray<StreamItem<string>>
  /** To go on from. */
  readonly position: number
  /** The run has ended, and nothing comes after these. */
  readonly isOver: boolean
}

/** Reads one stream from one place on, page after page. */
export class OutputReader {
  private readonly runId: string
  /** Of the start that the run is in as the reader comes. */
  private stream: OutputStream
  private start = 0
  private readonly isStanding: boolean
  private readonly tries = new Tries()
  private position = 0
  private from: number
  private isOpen = false
  /** Of the start that is read, the newest that is known of. */
  private newest: Newest
  private waitMs = leastWaitMs
  /** The run had ended before the reader came: which tries stand is settled. */
  private isSettled = false
  /** Generations whose outcomes are known. */
  private readonly learned = new Set<number>()

  constructor(stream: OutputStream, { from = 0, tries = "standing" }: StreamReadOptions) {
    this.runId = stream.runId
    this.stream = stream
    this.newest = { address: stream.runId, head: undefined }
    this.from = from
    this.isStanding = tries === "standing"
  }

  /** What comes next, as soon as there is something, or after `waitMs`. */
  readonly next = (waitMs: number) =>
    Effect.gen({ self: this }, function* () {
      if (!this.isOpen) yield* this.open()
      const chunks = yield* OutputChunks
      for (let leftMs = waitMs; ; ) {
        const page = yield* chunks.readFrom(this.stream, this.position, pageLength)
        if (page.length > 0) {
          this.waitMs = leastWaitMs
          const answer = yield* this.take(page)
          if (answer.items.length > 0 || answer.isOver) return answer
          continue
        }
        const end = yield* this.endIfOver()
        if (end !== undefined) return end
        if (leftMs <= 0) return this.page([])
        yield* this.pause(leftMs)
        leftMs -= this.waitMs
        this.waitMs = Math.min(this.waitMs * 1.5, mostWaitMs)
      }
    })

  private readonly pause = (leftMs: number) =>
    Effect.gen({ self: this }, function* () {
      const chunks = yield* OutputChunks
      const table = yield* RunTable
      const ms = Math.min(this.waitMs, leftMs)
      yield* Effect.raceFirst(
        chunks.changed(this.stream, this.position, ms),
        table.headChanged(this.newest.address, mostWaitMs)
      )
    })

  private page(items: OutputPage["items"], isOver = false): OutputPage {
    return { items, position: Math.max(this.position, this.from), isOver }
  }

  /** Finds the place to begin with. Where tries are told apart, all before it is read as well: what comes is as if the reader had been there. */
  private readonly open = () =>
    Effect.gen({ self: this }, function* () {
      const { from, runId } = this
      if (!Number.isSafeInteger(from)) return yield* noPosition(this.stream, from)
      const chunks = yield* OutputChunks
      const newest = yield* findAsItWas(runId)
      this.start = yield* startOf(newest)
      const stream = { ...this.stream, runId: streamRun(runId, this.start) }
      this.stream = stream
      const last = yield* chunks.lastUpTo(stream)
      if (last === undefined || newest.deleted !== undefined) yield* this.expectRun(newest)
      this.newest = newest
      const tail = tailAfter(last)
      this.from = from < 0 ? Math.max(0, tail.position + from) : from
      if (this.isStanding) {
        if (this.from === 0) this.isSettled = newest.head !== undefined && isTerminal(newest.head.status)
        else yield* this.readUpTo(this.from)
      } else {
        const around = yield* chunks.lastUpTo(stream, this.from)
        if (around !== undefined) this.position = around.position
      }
      this.isOpen = true
    })

  private readonly expectRun = ({ address, deleted, head }: Newest) =>
    Effect.gen({ self: this }, function* () {
      const table = yield* RunTable
      const { runId } = this
      if (head !== undefined || address !== runId) return
      const start = yield* table.readMessage(runId, "start")
      if (start?.kind === "start" && deleted === undefined) return
      return yield* runGone(runId, start, deleted)
    })

  /** Which tries of a step stand, and of those that its generation has called beside it. */
  private readonly learn = (step: string) =>
    Effect.gen({ self: this }, function* () {
      const generation = generationOfKey(step)
      if (this.learned.has(generation)) return
      this.tries.know(yield* acceptedOf(addressOf(this.runId, generation)))
      yield* this.expectWhole()
      this.learned.add(generation)
    })

  /** What is missing is not there any more: while a run is deleted, its rows and values go one after the other. */
  private readonly expectWhole = () =>
    Effect.gen({ self: this }, function* () {
      this.newest = yield* lookAgain(this.runId, this.newest, Number.POSITIVE_INFINITY)
    })

  /** Chunks that end at `from` or before it are judged and not shown. */
  private readonly readUpTo = (from: number) =>
    Effect.gen({ self: this }, function* () {
      const chunks = yield* OutputChunks
      for (;;) {
        const page = yield* chunks.readFrom(this.stream, this.position, pageLength)
        for (const chunk of page) {
          const { position } = tailAfter(chunk)
          if (position > from || chunk.source.kind === "end") return
          if (chunk.position > this.position) yield* this.expectWhole()
          this.tries.judge(chunk)
          this.position = position
        }
        if (page.length === 0) return
      }
    })

  private readonly take = (page: ReadonlyArray<OutputChunk>) =>
    Effect.gen({ self: this }, function* () {
      const items: Array<StreamItem<string>> = []
      let length = 0
      for (const chunk of page) {
        if (length > mostPageLength) break
        length += chunk.values.reduce((sum, value) => sum + value.length, 0)
        if (chunk.source.kind === "end") return yield* this.end(items)
        if (chunk.position > this.position) yield* this.expectWhole()
        if (this.isSettled && chunk.source.kind === "step") yield* this.learn(chunk.source.key)
        const verdict = this.isStanding ? this.tries.judge(chunk) : "show"
        // Who begins in the middle of a chunk has been told before.
        if (verdict === "supersede" && chunk.position >= this.from) items.push(superseded(chunk))
        if (verdict !== "skip") items.push(...itemsOf(chunk, this.from))
        this.position = tailAfter(chunk).position
      }
      return this.page(items)
    })

  /**
   * All that there was has been read. The run may have ended: then the stream is ended for good, so that nobody is told an end after
   * which another finds more. Unless values of the body are still to come: they follow the last commit.
   */
  private readonly endIfOver = () =>
    Effect.gen({ self: this }, function* () {
      const { stream } = this
      const chunks = yield* OutputChunks
      const now = yield* lookAgain(this.runId, this.newest, this.waitMs)
      // Another start has its own streams.
      const newest = (yield* endOfStart(now, this.start)) ?? now
      const { head } = newest
      this.newest = newest
      if (head === undefined || !isTerminal(head.status)) return undefined
      const tail = tailAfter(yield* chunks.lastUpTo(stream))
      // What came since the last page is read first, even if another reader has ended the stream behind it.
      if (tail.position > this.position) return undefined
      if (tail.isEnded) return yield* this.end([])
      if (lacks(newest, stream, tail)) return undefined
      const isEnd = yield* Effect.catchTag(endOutput(chunks, stream, tail), "StoreRefused", ({ message }) =>
        // Who may only read is told the end all the same.
        Effect.as(Effect.logDebug(`stream ${stream.name} of run ${this.runId} is not ended for good: ${message}`), true)
      )
      return isEnd ? yield* this.end([]) : undefined
    })

  /** At the end it is known which tries stand. */
  private readonly end = (items: Array<StreamItem<string>>) =>
    Effect.gen({ self: this }, function* () {
      if (!this.isStanding) return this.page(items, true)
      for (const step of this.tries.steps) yield* this.learn(step)
      const wrong = this.tries.wrong()
      for (const [step, execution] of wrong) {
        items.push({ _tag: "Superseded", position: this.position, step })
        if (execution !== undefined) items.push(...(yield* this.again(step, execution)))
      }
      if (wrong.size > 0) yield* this.expectWhole()
      return this.page(items, true)
    })

  private readonly again = (step: string, execution: string) =>
    Effect.gen({ self: this }, function* () {
      const chunks = yield* OutputChunks
      const items: Array<StreamItem<string>> = []
      for (let position = 0; ; ) {
        const page = yield* chunks.readFrom(this.stream, position, pageLength)
        const last = page.at(-1)
        if (last === undefined || position === tailAfter(last).position) return items
        for (const chunk of page) {
          const { source } = chunk
          if (source.kind === "step" && source.key === step && source.execution === execution)
            items.push(...itemsOf(chunk, 0))
        }
        position = tailAfter(last).position
      }
    })
}

const pageLength = 100
/** JSON characters of a page; it may be answered over HTTP as it is. */
const mostPageLength = 1_048_576
const leastWaitMs = 50
const mostWaitMs = 1_000

const noPosition = ({ name, runId }: OutputStream, from: number) =>
  new PositionInvalid({
    runId,
    stream: name,
    message: `${from} is no position in stream ${name}: use a whole number, 0 for the first value, -10 for the last ten`
  })

const superseded = ({ position, source }: OutputChunk): StreamItem<string> => ({
  _tag: "Superseded",
  position,
  step: source.kind === "step" ? source.key : ""
})

const itemsOf = ({ at, position, source, values }: OutputChunk, from: number): ReadonlyArray<StreamItem<string>> => {
  const told =
    source.kind === "step"
      ? ({ from: "step", step: source.key, attempt: attemptOf(source.execution), execution: source.execution } as const)
      : ({ from: "body" } as const)
  const items = values.map((value, index) => ({
    _tag: "Value" as const,
    position: position + index,
    value,
    at,
    source: told
  }))
  return position < from ? items.slice(from - position) : items
}

/** Values of the body follow its last commit, and may not be there yet. */
const lacks = ({ address, head }: Newest, { name }: OutputStream, { bodies }: OutputTail): boolean => {
  const { generation } = parseAddress(address)
  const there = (count: number) => bodies.generation === generation && bodies.count >= count
  return (head?.emitted ?? []).some(({ stream, count }) => stream === name && !there(count))
}

/** By step of a generation: the execution whose outcome the run has adopted; undefined where that one has emitted nothing. */
const acceptedOf = Effect.fnUntraced(function* (address: string) {
  const stored = yield* readWholeRun(address)
  const order = stored.head === undefined ? [] : adoptedOrder(stored.head, stored)
  const setAside = new Set(order.map(readEntry).flatMap(({ isSetAside, key }) => (isSetAside ? [key] : [])))
  const accepted = new Map<string, string | undefined>()
  for (const message of stored.messages) {
    if (message.kind === "step" && !setAside.has(messageKey(message)))
      accepted.set(keyInRun(address, message.key), message.execution)
  }
  return accepted
})
