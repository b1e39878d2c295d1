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
const ownName = "A name that only has to differ from the others of its sort, and no name still does"
const zeroOrNot = "Only told from zero, which it is then as well"

export const survivors: ReadonlyArray<Survivor> = [
  { file: "src/actor/actor.ts", line: "if (this.early.size === 0) return []", reason: fastPath },
  { file: "src/actor/actor.ts", line: 'case "cancel":', reason: sameEnd },
  { file: "src/actor/actor.ts", line: 'case "timer":', reason: sameEnd },
  { file: "src/actor/actor.ts", line: "message.inline === true", reason: narrowing },
  { file: "src/actor/history/ledger.ts", line: "entry.resume === undefined) return", reason: sameEnd },
  {
    file: "src/actor/history/ledger.ts",
    line: 'if (entry.command.kind === "step" && entry.command.inline)',
    reason: narrowing
  },
  { file: "src/actor/history/ledger.ts", line: 'if (command.kind === "step" && command.inline)', reason: narrowing },
  { file: "src/actor/history/ledger.ts", line: 'entry.command.kind !== "child") return resume()', reason: narrowing },
  { file: "src/actor/history/ledger.ts", line: 'if (kind === "step" && this.inline.length > 0)', reason: fastPath },
  { file: "src/actor/history/ledger.ts", line: "return this.abandonedIds.size === 0 ? []", reason: fastPath },
  { file: "src/actor/history/ledger.ts", line: "if (this.fresh.size === 0) return []", reason: fastPath },
  { file: "src/actor/history/ledger.ts", line: "if (this.inline.length === 0) return this.inline", reason: fastPath },
  { file: "src/actor/calls/compensation.ts", line: 'Context.Service("dynactor/RunScope")', reason: ownName },
  { file: "src/actor/values/json.ts", line: "if (!isInOrder(keys)) keys.sort()", reason: fastPath },
  {
    file: "src/actor/values/json.ts",
    line: "return high > 0 ? text : value.toString(36)",
    reason: "The high half of a hash is zero one time in 67 million; both ways print the same for all others"
  },
  { file: "src/actor/runtime/logicalClock.ts", line: "if (time > this.now) this.now = time", reason: sameEnd },
  { file: "src/actor/port/callStep.ts", line: 'ledger.nextKey("step"', reason: ownName },
  { file: "src/actor/port/runs/callChild.ts", line: 'ledger.nextKey("child"', reason: ownName },
  { file: "src/actor/port/runs/callChild.ts", line: 'typeof cause === "object" && cause !== null', reason: narrowing },
  { file: "src/actor/runtime/program.ts", line: "this.endless += change", reason: zeroOrNot },
  {
    file: "src/actor/runtime/program.ts",
    line: "this.outcome === undefined && this.violation === undefined",
    reason: sameEnd
  },
  { file: "src/actor/runtime/program.ts", line: "if (this.cancelReason !== undefined) return", reason: unreachable },
  { file: "src/actor/runtime/program.ts", line: "if (this.body === undefined ||", reason: unreachable },
  { file: "src/actor/runtime/program.ts", line: "uninterruptible: true", reason: unreachable },
  { file: "src/actor/definitions/retryRule.ts", line: "if (rule.length === 0) return false", reason: fastPath },
  { file: "src/actor/definitions/run.ts", line: "dynactor/Run", reason: ownName },
  {
    file: "src/actor/runtime/sliceScheduler.ts",
    line: 'readonly executionMode = "sync"',
    reason: "Part of the interface of Effect's schedulers; what it changes there is no part of a slice"
  },
  {
    file: "src/actor/runtime/sliceScheduler.ts",
    line: "bucket.priority >= priority",
    reason: "A second bucket of the same priority, behind the first: the tasks run in the same order"
  }
]
