/** Why a mutant may live. Found by its file, a part of its line, and if need be by what became of it (`before -> after`). */
export interface Survivor {
  readonly file: string
  readonly line: string
  readonly changes?: ReadonlyArray<string>
  readonly reason: string
}

const fastPath = "A fast path: what follows comes to the same, a little later"
const narrowing = "For the compiler, or for whoever reads: by what was established before, it can be nothing else"
const sameEnd = "The other way comes to the same: it would do again what is done, or undo what is not there"
const unreachable = "A guard: the messages of a run cannot bring about what it guards against"
const zeroOrNot = "Only told from zero, which it is then as well"

export const survivors: ReadonlyArray<Survivor> = [
  { file: "src/actor/actor.ts", line: "if (this.early.size === 0) return []", reason: fastPath },
  { file: "src/actor/actor.ts", line: 'case "cancel":', reason: sameEnd },
  { file: "src/actor/actor.ts", line: 'case "timer":', reason: sameEnd },
  { file: "src/actor/actor.ts", line: "message.inline === true", reason: narrowing },
  { file: "src/actor/ledger.ts", line: "entry.resume === undefined) return", reason: sameEnd },
  {
    file: "src/actor/ledger.ts",
    line: 'if (entry.command.kind === "step" && entry.command.inline)',
    reason: narrowing
  },
  { file: "src/actor/ledger.ts", line: 'if (command.kind === "step" && command.inline)', reason: narrowing },
  { file: "src/actor/ledger.ts", line: 'entry.command.kind !== "child") return resume()', reason: narrowing },
  { file: "src/actor/ledger.ts", line: 'if (kind === "step" && this.inline.length > 0)', reason: fastPath },
  { file: "src/actor/ledger.ts", line: "return this.abandonedIds.size === 0 ? []", reason: fastPath },
  { file: "src/actor/ledger.ts", line: "if (this.fresh.size === 0) return []", reason: fastPath },
  { file: "src/actor/ledger.ts", line: "if (this.inline.length === 0) return this.inline", reason: fastPath },
  { file: "src/actor/program.ts", line: "private live = true", reason: sameEnd },
  { file: "src/actor/program.ts", line: "this.endless += change", reason: zeroOrNot },
  { file: "src/actor/program.ts", line: "this.outcome === undefined && this.violation === undefined", reason: sameEnd },
  { file: "src/actor/program.ts", line: "if (this.cancelReason !== undefined) return", reason: unreachable },
  { file: "src/actor/program.ts", line: "if (this.body === undefined ||", reason: unreachable },
  { file: "src/actor/program.ts", line: "uninterruptible: true", reason: unreachable }
]
