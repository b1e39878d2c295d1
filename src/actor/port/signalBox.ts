import type { SignalSource } from "../definitions/definition.ts"
import { isSystemName } from "../definitions/name.ts"
import { channelOf } from "../definitions/signal.ts"
import type { SignalMessage } from "../history/message.ts"
import { channelText, readChannel, type Unread } from "../values/channel.ts"

type AnySignal = SignalSource<string, any>

/** A signal that the run has adopted. Decoding waits for the receiver: only it knows the schema. */
export interface Arrived {
  readonly message: SignalMessage
  readonly decode: (definition: AnySignal) => unknown
}

/** In the order of arrival, which is kept when signals are given back. */
interface Kept extends Arrived {
  readonly number: number
}

interface Waiter {
  readonly definition: AnySignal
  readonly count: number
  readonly taken: Array<Kept>
  readonly values: Array<unknown>
  readonly resume: (values: ReadonlyArray<unknown>) => void
}

interface Line {
  readonly arrived: Array<Kept>
  readonly waiters: Array<Waiter>
}

/** A wait for one signal or several. */
export interface Wait {
  /** Ends it: what has come stays with the receiver. */
  readonly keep: () => ReadonlyArray<unknown>
  /** Ends it as if it had not been: what it has taken goes to the next in line, or waits. */
  readonly giveBack: () => void
}

/**
 * Signals of a run: those that came before anyone waited, and those who wait. First in, first out, both, in each channel; what is
 * for one thing never reaches who waits for another (S21).
 */
export class SignalBox {
  private readonly lines = new Map<string, Line>()
  private readonly givenBack = new Set<string>()
  private count = 0

  put(signal: Arrived): void {
    const channel = channelText(signal.message)
    const line = this.line(channel)
    line.arrived.push({ ...signal, number: this.count++ })
    this.hand(channel, line)
  }

  /** `resume` gets the values once there are `count` of them, at once if they have come before. */
  wait(definition: AnySignal, count: number, resume: (values: ReadonlyArray<unknown>) => void): Wait {
    const channel = channelOf(definition)
    const line = this.line(channel)
    const waiter: Waiter = { definition, count, taken: [], values: [], resume }
    line.waiters.push(waiter)
    // Of those before it some may still be handed what was given back.
    if (line.waiters.length === 1) this.hand(channel, line)
    return { keep: () => this.end(channel, waiter).values, giveBack: () => this.giveBack(channel, waiter) }
  }

  /** Has something been given back that somebody else waits for? */
  get isUnsettled(): boolean {
    return this.givenBack.size > 0
  }

  /** Not as it is given back: of several that are interrupted together, none is to take what the one before it has left. */
  settle(): void {
    const channels = [...this.givenBack]
    this.givenBack.clear()
    for (const channel of channels) this.hand(channel, this.line(channel))
  }

  /** Channels that somebody waits for. */
  waiting(): ReadonlyArray<string> {
    const channels: Array<string> = []
    for (const [channel, { waiters }] of this.lines) if (waiters.length > 0) channels.push(channel)
    return channels
  }

  /** What has come and nobody has asked for, in the order in which it came. */
  unread(): ReadonlyArray<SignalMessage> {
    const kept = [...this.lines.values()].flatMap(({ arrived }) => arrived)
    return kept.sort(byNumber).map(({ message }) => message)
  }

  /** The same, counted: those that people have sent. */
  unreadCounts(): ReadonlyArray<Unread> {
    const counts: Array<Unread> = []
    for (const [channel, { arrived }] of this.lines)
      if (arrived.length > 0 && !isSystemName(readChannel(channel).name))
        counts.push({ ...readChannel(channel), count: arrived.length })
    return counts
  }

  private line(channel: string): Line {
    const found = this.lines.get(channel)
    if (found !== undefined) return found
    const line: Line = { arrived: [], waiters: [] }
    this.lines.set(channel, line)
    return line
  }

  /** What is there goes to who has waited longest. */
  private hand(channel: string, line: Line): void {
    for (let waiter = line.waiters[0]; waiter !== undefined; waiter = line.waiters[0]) {
      const next = line.arrived.shift()
      if (next === undefined) return
      waiter.taken.push(next)
      waiter.values.push(next.decode(waiter.definition))
      if (waiter.taken.length === waiter.count) waiter.resume(this.end(channel, waiter).values)
    }
    this.tidy(channel, line)
  }

  private end(channel: string, waiter: Waiter): Waiter {
    const line = this.line(channel)
    const place = line.waiters.indexOf(waiter)
    if (place >= 0) line.waiters.splice(place, 1)
    this.tidy(channel, line)
    return waiter
  }

  private giveBack(channel: string, waiter: Waiter): void {
    const line = this.line(channel)
    if (line.waiters.includes(waiter) && waiter.taken.length > 0) {
      line.arrived.push(...waiter.taken)
      line.arrived.sort(byNumber)
      this.givenBack.add(channel)
    }
    this.end(channel, waiter)
  }

  /** A run may ask about a thousand things, each once. */
  private tidy(channel: string, line: Line): void {
    const isEmpty = line.arrived.length === 0 && line.waiters.length === 0
    // Who was handed something may have asked again by now, in a line of its own.
    if (isEmpty && this.lines.get(channel) === line) this.lines.delete(channel)
  }
}

const byNumber = (a: Kept, b: Kept): number => a.number - b.number
