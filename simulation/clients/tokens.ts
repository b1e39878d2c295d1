import type { Act } from "../acts/act.ts"
import { answerCallback } from "../acts/answerCallback.ts"
import type { SimulatedCallbacks } from "../services/simulatedCallbacks.ts"
import type { SimulatedTable } from "../services/simulatedTable.ts"
import type { handedOut } from "../workload/features/callbacks.ts"
import type { ClockSetting } from "../world/machine.ts"
import type { World } from "../world/world.ts"

interface On {
  readonly callbacks: SimulatedCallbacks
  readonly table: SimulatedTable
  readonly world: World
}

/** Tokens of callbacks that steps have handed out, and what is done with them. */
export class Tokens {
  private readonly on: On
  private readonly seen = new Map<string, number>()
  private answers = 0

  constructor(on: On) {
    this.on = on
  }

  /** Whoever has it now does what he was told to. A token that comes twice is as good as one. */
  askedBy(
    { answers, token }: NonNullable<ReturnType<typeof handedOut>>,
    { aheadMs = 0, tickMs = 1 }: Partial<ClockSetting>
  ): ReadonlyArray<Act & { readonly afterMs: number }> {
    const { callbacks } = this.on
    callbacks.noteToken(token)
    const times = (this.seen.get(token) ?? 0) + 1
    this.seen.set(token, times)
    if (times > 2) return []
    return answers.flatMap((answer) => {
      const number = this.answers++
      // From here on tokens are signed with another key, and those of before are as good as they were.
      if (number % 3 === 0) callbacks.rotate()
      const act = answerCallback({ ...this.on, token, answer, number, aheadMs, tickMs })
      const asked = { ...act, afterMs: answer.afterMs }
      return answer.isRepeated ? [asked, { ...act, afterMs: answer.afterMs + 5 }] : [asked]
    })
  }
}
