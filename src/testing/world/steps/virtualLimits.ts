import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { LimitDesk } from "../../../actor/calls/limits/limitDesk.ts"
import { isLimiter } from "../../../actor/calls/limits/limitNames.ts"
import { limitNews, placeGiven } from "../../../actor/calls/limits/limitParts.ts"
import type { LimitNews } from "../../../actor/calls/limits/limitSpec.ts"
import { parseAddress } from "../../../actor/history/generation.ts"
import type { Message, SignalMessage } from "../../../actor/history/message.ts"
import { isReference } from "../../../actor/values/payload.ts"
import type { PutResult, RunTable } from "../../../store/runTable.ts"

/** Stands in for the limiters of a virtual world: gives places as they do, and is no run in it. */
export class VirtualLimits {
  private readonly desks = new Map<string, LimitDesk>()
  private readonly now: () => number
  private readonly send: (runId: string, message: Message, delayMs: number) => void

  constructor(now: () => number, send: (runId: string, message: Message, delayMs: number) => void) {
    this.now = now
    this.send = send
  }

  /** Where who wants a place puts that: by then nobody else has told the limiter anything. */
  readonly table: Pick<RunTable["Service"], "readHead" | "put"> = {
    readHead: () => Effect.succeed(undefined),
    put: (runId, message) =>
      Effect.sync((): PutResult => {
        if (message.kind === "signal") this.hears(runId, message)
        return { _tag: "Inserted" }
      })
  }

  /** False: it is for somebody else. */
  hears(runId: string, message: Message): boolean {
    if (!isLimiter(runId)) return false
    if (message.kind === "signal") this.tell(runId, newsOf(message))
    return true
  }

  private tell(limiter: string, news: LimitNews): void {
    const none = { limit: "", key: "", holders: [], queue: [], given: [], gone: [], total: 0 }
    const desk = this.desks.get(limiter) ?? new LimitDesk({ ...none, spec: news.spec })
    this.desks.set(limiter, desk)
    if (news._tag === "ask") {
      desk.spec = news.spec
      desk.ask(news.who)
    } else desk.leave(news.id)
    this.give(desk)
  }

  ended(address: string): void {
    const { runId } = parseAddress(address)
    for (const desk of this.desks.values()) {
      desk.ended(runId, Number.MAX_SAFE_INTEGER)
      this.give(desk)
    }
  }

  private give(desk: LimitDesk): void {
    const now = this.now()
    const tell = (
      { channel, id, run }: { readonly channel: string; readonly id: string; readonly run: string },
      at: number
    ) => {
      const { payload } = Result.getOrThrow(placeGiven.codec().encode({ id, again: false }))
      this.send(run, { kind: "signal", at, name: placeGiven.name, id, for: channel, payload }, at - now)
    }
    for (const kept of desk.takeKept()) tell(kept, now)
    while (desk.isWanted) {
      const at = Math.max(now, desk.freeAt(now))
      const next = desk.give(at)
      if (next === undefined) return
      tell(next, at)
    }
  }
}

const newsOf = ({ payload }: SignalMessage): LimitNews => {
  if (isReference(payload)) throw new Error("what limiters are told is never large")
  return Result.getOrThrow(limitNews.codec().decode(payload))
}
