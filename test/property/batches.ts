import { Actor } from "../../src/actor/actor.ts"
import type { ActorOptions } from "../../src/actor/actorOptions.ts"
import { answeredKind, type Command, commandId } from "../../src/actor/history/command.ts"
import type { Message } from "../../src/actor/history/message.ts"

/** One adopted order, delivered in commits of other sizes than those it was recorded in. */
export interface Batched {
  readonly actor: Actor
  /** Commands in the order of their issue; queued and inline ones apart, as turns hand them over. */
  readonly queued: ReadonlyArray<Issued>
  readonly inline: ReadonlyArray<Issued>
  /** By command id, the number of the message that answered or abandoned it. */
  readonly settledBy: ReadonlyMap<string, number>
  /** The number of the batch that a message was in. */
  readonly batchOf: ReadonlyArray<number>
}

export interface Issued {
  readonly command: Command
  /** The number of the last message of the batch that issued it. */
  readonly by: number
}

export const inBatches = (options: ActorOptions, order: ReadonlyArray<Message>, nextSize: () => number): Batched => {
  const actor = new Actor(options)
  const queued: Array<Issued> = []
  const inline: Array<Issued> = []
  const settledBy = new Map<string, number>()
  const batchOf: Array<number> = []
  let open = new Set<string>()
  for (let batch = 0; batchOf.length < order.length; batch++) {
    for (const message of order.slice(batchOf.length, batchOf.length + nextSize())) {
      actor.deliver(message)
      batchOf.push(batch)
    }
    const by = batchOf.length - 1
    for (const command of actor.ledger.takeFresh()) queued.push({ command, by })
    for (const command of actor.takeInlineSteps()) inline.push({ command, by })
    const stillOpen = new Set(actor.ledger.openRecords().map(({ kind, key }) => commandId(kind, key)))
    for (const id of open) if (!stillOpen.has(id)) settledBy.set(id, by)
    open = stillOpen
  }
  return { actor, queued, inline, settledBy, batchOf }
}

/**
 * What must be left of the commands of `single` (one message a commit) when messages share commits: all but those that were
 * issued and settled within one commit, and the clearing of such timers.
 */
export const remaining = (issued: ReadonlyArray<Issued>, single: Batched, batchOf: ReadonlyArray<number>) =>
  issued
    .filter(({ command, by }) => {
      switch (command.kind) {
        case "cancelChild":
          return batchOf[single.settledBy.get(commandId("child", command.key)) ?? -1] !== batchOf[by]
        case "clearTimer": {
          const timer = single.queued.find((one) => one.command.kind === "timer" && one.command.key === command.key)
          return timer !== undefined && batchOf[timer.by] !== batchOf[by]
        }
        case "send":
          return true
        default: {
          const settled = single.settledBy.get(commandId(answeredKind(command), command.key))
          return settled === undefined || batchOf[settled] !== batchOf[by]
        }
      }
    })
    .map(({ command }) => command)
