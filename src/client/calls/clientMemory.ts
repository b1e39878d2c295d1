import type { RunTable } from "../../store/runTable.ts"
import { SentBefore } from "../../store/sending/sentBefore.ts"
import { AskedStarts } from "../starting/askedStarts.ts"

/** What a client knows of what it has done: by it signals are in order, and who waits for a run waits for the start that was asked for. */
export interface ClientMemory {
  readonly sent: SentBefore
  readonly asked: AskedStarts
}

export const newMemory = (): ClientMemory => ({ sent: new SentBefore(), asked: new AskedStarts() })

const memories = new WeakMap<RunTable["Service"], ClientMemory>()

/** One for each opened store: clients that are made of it in several places of a program are as one. */
export const memoryOf = (table: RunTable["Service"]): ClientMemory => {
  const known = memories.get(table) ?? newMemory()
  memories.set(table, known)
  return known
}
