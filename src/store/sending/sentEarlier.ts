import * as Effect from "effect/Effect"
import { addressOf, parseAddress } from "../../actor/history/generation.ts"
import { bringForward } from "../generations/forward.ts"
import type { Newest } from "../generations/newest.ts"
import { RunTable } from "../runTable.ts"
import type { SentBefore } from "./sentBefore.ts"

/** One sender, one order, across generations as well: what was sent before to an earlier one is brought along first. */
export class SentEarlier {
  private readonly runId: string
  private readonly newest: Newest
  private readonly sent: SentBefore
  private readonly brought = new Set<string>()

  constructor(runId: string, newest: Newest, sent: SentBefore) {
    this.runId = runId
    this.newest = newest
    this.sent = sent
  }

  /** Of this sender, and of all where the store tells. */
  readonly bring = Effect.gen({ self: this }, function* () {
    const { newest, runId } = this
    const table = yield* RunTable
    yield* this.bringOwn
    if (table.lastSent === undefined || (yield* table.lastSent(newest.address)).length > 0) return
    const earlier = addressOf(runId, parseAddress(newest.address).generation - 1)
    yield* bringForward(earlier, yield* table.lastSent(earlier), newest)
  })

  /** Asked again right before the message names what it is sent behind: of that, some may have been accepted while this one was on its way. */
  readonly bringOwn = Effect.gen({ self: this }, function* () {
    const { brought, newest, runId, sent } = this
    const { generation } = parseAddress(newest.address)
    for (;;) {
      const before = sent.lastOf(runId)
      if (before === undefined || before.generation >= generation) return
      const keys = before.keys.filter((key) => !brought.has(key))
      if (keys.length === 0) return
      yield* bringForward(addressOf(runId, before.generation), keys, newest)
      for (const key of keys) brought.add(key)
    }
  })
}
