import type { StreamItem } from "../client/output/streamItem.ts"
import { sealedTextOf, shownSealed } from "../store/beside/sealedValue.ts"

// Server-sent events, as they go over the wire. JSON has no line breaks of its own.

export const eventStreamHeaders = {
  "content-type": "text/event-stream; charset=utf-8",
  "cache-control": "no-store",
  // Else some proxies keep what is small until there is more.
  "x-accel-buffering": "no"
} as const

/** The id of the last event: who comes back with it has seen all. */
export const endId = "end"

/** `next`: the position to go on from. */
export const itemEvent = (item: StreamItem<string>, next: number): string => {
  if (item._tag === "Superseded")
    return `event: superseded\nid: ${next}\ndata: ${JSON.stringify({ step: item.step })}\n\n`
  const { at, position, source } = item
  const value = sealedTextOf(item.value) === undefined ? item.value : JSON.stringify(shownSealed)
  const rest = JSON.stringify({ at, source }).slice(1)
  return `event: value\nid: ${next}\ndata: {"position":${position},"value":${value},${rest}\n\n`
}

export const endEvent = `event: end\nid: ${endId}\ndata: {}\n\n`

export const failedEvent = (error: string, message: string): string =>
  `event: failed\ndata: ${JSON.stringify({ error, message })}\n\n`

export const retryLine = (retryMs: number): string => `retry: ${retryMs}\n\n`

/** What is no position is as good as none: browsers send back what they were sent. */
export const positionOf = (text: string | null | undefined): number | undefined =>
  typeof text === "string" && /^-?\d{1,12}$/.test(text) ? Number(text) : undefined
