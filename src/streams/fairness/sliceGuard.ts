import { AsyncResource } from "node:async_hooks"
import { Script } from "node:vm"
import type { AnyWorkflow } from "../../actor/definitions/definition.ts"
import { DeterminismViolation } from "../../actor/errors.ts"
import { endSlice } from "../../actor/runtime/ambient.ts"
import { type Parts, toEnd } from "../../actor/runtime/parts.ts"
import type { Watchdog } from "./watchdog.ts"

/** For a process in which time stands still: a simulated one, or a test's. */
export const unlimited: Pick<SliceGuard, "run" | "portions"> = {
  run: (_runId, _workflow, _rebuilt, slice) => {
    slice()
    return undefined
  },
  portions: (_runId, _workflow, _rebuilt, parts) => {
    toEnd(parts)
    return undefined
  }
}

/**
 * Ends workflow code that never returns (`while (true) {}`), which no scheduler can. `vm` can stop running JavaScript after
 * a time, at the price of a thread for each call: some 150 µs, five times a warm turn.
 *
 * So a workflow is guarded until it has shown {@link provenAfter} slices in this process and the watchdog is there, and always
 * when a run is rebuilt from history: a run whose code hangs a proven workflow takes its process down (see `watchdog.ts`), and is parked by the
 * next process, which meets it guarded.
 */
export class SliceGuard {
  private readonly limitMs: number
  private readonly watchdog: Watchdog
  private readonly proven = new Map<AnyWorkflow, number>()

  constructor(limitMs: number, watchdog: Watchdog) {
    this.limitMs = limitMs
    this.watchdog = watchdog
  }

  /** Runs `slice`. Answers a violation if it had to be stopped; what it touched is of no use then. */
  run(runId: string, workflow: AnyWorkflow, rebuilt: boolean, slice: () => void): DeterminismViolation | undefined {
    const shown = this.proven.get(workflow) ?? 0
    if (!rebuilt && shown >= provenAfter && this.watchdog.isWatching()) {
      this.watchdog.enter(runId)
      try {
        slice()
      } finally {
        this.watchdog.leave()
      }
      return undefined
    }
    this.proven.set(workflow, shown + 1)
    return this.guarded(workflow, slice)
  }

  /** As `run`, for many messages and timers: the limit is for some of them at a time, not for the length of a history. */
  portions(
    runId: string,
    workflow: AnyWorkflow,
    rebuilt: boolean,
    parts: Parts<void>
  ): DeterminismViolation | undefined {
    let isOver = false
    const portion = () => {
      for (let count = 0; count < portionLength && !isOver; count++) isOver = parts.next().done === true
    }
    while (!isOver) {
      const hung = this.run(runId, workflow, rebuilt, portion)
      if (hung !== undefined) return hung
    }
    return undefined
  }

  private guarded(workflow: AnyWorkflow, slice: () => void): DeterminismViolation | undefined {
    slot.slice = slice
    AsyncResource.prototype.runInAsyncScope = callPlainly
    try {
      script.runInThisContext({ timeout: this.limitMs })
      return undefined
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ERR_SCRIPT_EXECUTION_TIMEOUT") throw error
      // The code was stopped where it stood: no `finally` of it has run.
      endSlice()
      return new DeterminismViolation({
        violation: "budget",
        message: `workflow ${workflow.workflowName} ran for more than ${this.limitMs} ms without waiting: an endless loop, or work that belongs in a step`
      })
    } finally {
      AsyncResource.prototype.runInAsyncScope = runInAsyncScope
      slot.slice = undefined
    }
  }
}

/**
 * Effect resumes a fiber inside of its async context. Code that is stopped there never leaves it, and Node ends a process
 * whose stack of contexts is out of order. So a guarded slice enters none: workflow code has no use for them.
 */
const callPlainly: AsyncResource["runInAsyncScope"] = (call, thisArg, ...args) => call.apply(thisArg as never, args)
const { runInAsyncScope } = AsyncResource.prototype

export const provenAfter = 10

const portionLength = 100

const slot: { slice: (() => void) | undefined } = { slice: undefined }
const slotName = "__dynactorSlice"
Object.defineProperty(globalThis, slotName, { value: () => slot.slice?.(), configurable: true })
const script = new Script(`${slotName}()`)
