import { EmitTooLarge, StreamFull } from "../../errors.ts"
import {
  type EmittedRecord,
  type EmittedValues,
  emitTooLong,
  maxBodyValues,
  maxEmittedAtOnce,
  maxValueLength
} from "../../history/output/emitted.ts"

interface Lane {
  /** Values emitted so far. */
  count: number
  /** The last of them, which are still to be told. */
  held: Array<string>
}

/**
 * What the body emits to its streams. Output is nobody's input: it is no command, has no row, and no replay is compared by it. It leaves
 * the run as data and follows the commit of its turn.
 *
 * A replay emits all of it again, of which only the values of the last commit may be needed: its host may have died before they were in
 * the stream. What code of today emits otherwise in the part that is over changes nothing any more: the head has counted.
 */
export class EmitBox {
  private readonly lanes = new Map<string, Lane>()
  private readonly records: ReadonlyMap<string, EmittedRecord> | undefined
  private isReplay: boolean
  private atOnce = 0
  /** Characters of what `take` hands over next. */
  heldLength = 0
  private lastCommit: ReadonlyArray<EmittedValues> = []

  /** `records`: of the head whose history is replayed. None: there is no history. */
  constructor(records: ReadonlyArray<EmittedRecord> | undefined) {
    this.isReplay = records !== undefined
    this.records = records && new Map(records.map((record) => [record.stream, record]))
  }

  beginSlice(): void {
    this.atOnce = 0
  }

  /** Answers with why not, or undefined. */
  add(stream: string, json: string): EmitTooLarge | StreamFull | undefined {
    if (json.length > maxValueLength) return emitTooLong(stream, json.length, maxValueLength)
    const lane = this.lane(stream)
    if (lane.count >= maxBodyValues) {
      return new StreamFull({
        stream,
        message: `the body has emitted ${maxBodyValues} values to stream ${stream}, the most of one run: emit fewer and larger ones, or let steps emit`
      })
    }
    this.atOnce += json.length
    if (this.atOnce > maxEmittedAtOnce) {
      return new EmitTooLarge({
        stream,
        message: `the body has emitted more than ${maxEmittedAtOnce} characters without waiting for anything: let a step emit to stream ${stream}, which writes as it goes on`
      })
    }
    lane.count++
    if (this.isHeld(stream, lane.count)) {
      lane.held.push(json)
      this.heldLength += json.length
    }
    return undefined
  }

  private isHeld(stream: string, count: number): boolean {
    if (!this.isReplay) return true
    const record = this.records?.get(stream)
    return record !== undefined && count > record.from && count <= record.count
  }

  private lane(stream: string): Lane {
    const known = this.lanes.get(stream)
    if (known !== undefined) return known
    const lane = { count: 0, held: [] }
    this.lanes.set(stream, lane)
    return lane
  }

  /** From here on what is emitted is new. */
  endReplay(): void {
    this.lastCommit = this.take()
    this.isReplay = false
    if (this.records === undefined) return
    for (const [stream, lane] of this.lanes) lane.count = this.records.get(stream)?.count ?? 0
    for (const { stream, count } of this.records.values()) this.lane(stream).count = count
  }

  /** All of it stands elsewhere. Answers with how much that is. */
  settle(): ReadonlyArray<EmittedRecord> {
    this.take()
    return [...this.lanes].map(([stream, { count }]) => ({ stream, count, from: count }))
  }

  /** After a replay: what the last commit has emitted, as far as today's code emits it. */
  get ofLastCommit(): ReadonlyArray<EmittedValues> {
    return this.lastCommit
  }

  get isEmpty(): boolean {
    for (const { held } of this.lanes.values()) if (held.length > 0) return false
    return true
  }

  /** What was emitted since the last time. */
  take(): ReadonlyArray<EmittedValues> {
    if (this.lanes.size === 0) return nothing
    this.heldLength = 0
    const taken: Array<EmittedValues> = []
    for (const [stream, lane] of this.lanes) {
      if (lane.held.length === 0) continue
      const count = this.isReplay ? Math.min(lane.count, this.records?.get(stream)?.count ?? lane.count) : lane.count
      taken.push({ stream, from: count - lane.held.length, values: lane.held })
      lane.held = []
    }
    return taken
  }
}

const nothing: ReadonlyArray<EmittedValues> = []
