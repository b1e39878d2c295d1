import { isSystemName } from "../../src/actor/definitions/name.ts"
import { readEntry } from "../../src/actor/history/entry.ts"
import type { Head } from "../../src/actor/history/head.ts"
import type { Message } from "../../src/actor/history/message.ts"
import { channelText } from "../../src/actor/values/channel.ts"
import { fromPayload } from "../../src/actor/values/payload.ts"
import type { Trace } from "../workload/trace.ts"
import type { World } from "../world/world.ts"

/** Signals of a run as its history has them, and what its body has made of them. */
export interface SignalsOf {
  readonly runId: string
  readonly head: Head
  readonly order: ReadonlyArray<string>
  readonly row: (key: string) => Message | undefined
  readonly trace: Trace
  /** Channels that its replay waits for. */
  readonly waiting: ReadonlyArray<string>
}

/**
 * Each signal is received once, and those of one channel in the order in which they were adopted; nobody waits for one that is there (S1).
 * Nobody receives what is for something else, and what nobody has asked for is told (S21).
 */
export const checkSignals = (signals: SignalsOf, world: World): void => {
  const { head, runId, trace, waiting } = signals
  const adopted = adoptedOf(signals)
  const receivedFrom = (channel: string) =>
    trace.received.filter(({ name }) => name === channel).map(({ value }) => value)
  for (const { name, value } of trace.received) {
    if (adopted.get(name)?.includes(value) === true) continue
    throw world.violate("S21", `${runId} received ${value} as ${name}, and it was sent as something else`)
  }
  for (const [channel, values] of adopted) {
    const received = receivedFrom(channel)
    const next = endOf(received, values)
    const told = `${runId} has adopted ${channel} [${values.join(", ")}], and received [${received.join(", ")}]`
    if (next === undefined) throw world.violate("S1", told)
    // What a collection under way has taken is received when it is through.
    if ((trace.collecting.get(channel) ?? 0) > 0) continue
    if (waiting.includes(channel) && next < values.length) throw world.violate("S1", `${told}: it waits for more`)
    const unread = head.unread?.find((one) => channelText(one) === channel)?.count ?? 0
    if (unread !== values.length - received.length)
      throw world.violate("S21", `${told}: ${unread} are told to be unread`)
  }
}

/** How far the received ones reach in the adopted ones. Undefined: they are no part of them, in their order. */
const endOf = (received: ReadonlyArray<unknown>, adopted: ReadonlyArray<unknown>): number | undefined => {
  let next = 0
  for (const value of received) {
    const index = adopted.indexOf(value, next)
    if (index < 0) return undefined
    next = index + 1
  }
  return next
}

const adoptedOf = ({ order, row }: SignalsOf): ReadonlyMap<string, ReadonlyArray<unknown>> => {
  const adopted = new Map<string, Array<unknown>>()
  for (const entry of order) {
    const { key, isSetAside } = readEntry(entry)
    const message = isSetAside ? undefined : row(key)
    // Those of the runtime's own are for no body: S36.
    if (message?.kind !== "signal" || isSystemName(message.name)) continue
    const channel = channelText(message)
    const values = adopted.get(channel) ?? []
    adopted.set(channel, values)
    values.push(fromPayload(message.payload))
  }
  return adopted
}
