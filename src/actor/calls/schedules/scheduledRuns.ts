import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { AnyWorkflow, ChildHandle } from "../../definitions/definition.ts"
import type { Run } from "../../definitions/run.ts"
import { makeWorkflow } from "../../definitions/workflow.ts"
import {
  ChildFailed,
  type RunCancelled,
  type RunDied,
  type RunNotFound,
  type RunOfOtherWorkflow,
  type RunTerminated
} from "../../errors.ts"
import { isA } from "../../values/defect.ts"
import { scheduleCancel } from "./scheduleParts.ts"
import type { Due, Live, Recent, ScheduleSpec } from "./scheduleSpec.ts"

/** What became of a run that a schedule has started. */
export interface Ended {
  readonly _tag: "ended"
  readonly runId: string
  readonly state: Recent["state"]
  readonly why?: string
}

/** A value by a schema that is not known here: nobody is shown what may be secret in it. */
const Unknown = Schema.RedactedFromValue(Schema.Json)
type Unknown = typeof Unknown.Type

type Handle = ChildHandle<Unknown, Unknown>

/** The runs that a schedule has started and not heard the end of, each with a fiber that waits for it. */
export class ScheduledRuns {
  private readonly tell: (ended: Ended) => Effect.Effect<unknown>
  /** Not by run: one that is asked for a second time is refused, and the first goes on. */
  private readonly handles = new Set<Handle>()
  /** Those of earlier generations, which have their handles, and which are not yet to be cancelled. */
  private readonly inherited = new Set<string>()

  constructor(tell: (ended: Ended) => Effect.Effect<unknown>) {
    this.tell = tell
  }

  start({ version, workflow }: ScheduleSpec, { runId }: Due, input: Unknown): Effect.Effect<void, never, Run> {
    return Effect.flatMap(targetOf(workflow, version).start(input, { runId, whenParentEnds: "abandon" }), (handle) => {
      this.handles.add(handle)
      return this.follow(runId, handle.awaitOrFail, () => this.handles.delete(handle))
    })
  }

  /** One that an earlier generation has started. */
  watch({ runId, workflow }: Live): Effect.Effect<void, never, Run> {
    this.inherited.add(runId)
    return this.follow(runId, targetOf(workflow, "1").await(runId), () => this.inherited.delete(runId))
  }

  cancelAll(schedule: string): Effect.Effect<void, never, Run> {
    return Effect.suspend(() => {
      const own = Effect.forEach([...this.handles], (handle) => handle.cancel, { discard: true })
      const others = [...this.inherited]
      this.inherited.clear()
      return Effect.andThen(
        own,
        Effect.forEach(others, (runId) => scheduleCancel({ schedule, runId }), { discard: true })
      )
    })
  }

  private follow(
    runId: string,
    outcome: Effect.Effect<Unknown, Failure, Run>,
    forget: () => void
  ): Effect.Effect<void, never, Run> {
    const end = Effect.matchEffect(outcome, {
      onSuccess: () => Effect.succeed<Ended>({ _tag: "ended", runId, state: "succeeded" }),
      onFailure: (error) => Effect.succeed<Ended>({ _tag: "ended", runId, ...endOf(error) })
    })
    const told = Effect.flatMap(end, (ended) => {
      forget()
      return this.tell(ended)
    })
    return Effect.asVoid(Effect.forkChild(told))
  }
}

type Failure = Unknown | ChildFailed | RunDied | RunCancelled | RunNotFound | RunOfOtherWorkflow | RunTerminated

const endOf = (error: Failure): Pick<Ended, "state" | "why"> => {
  if (!isA(ChildFailed, error)) return { state: tagOf(error) === "RunCancelled" ? "cancelled" : "failed" }
  const { message, reason } = error
  if (reason === "cancelled") return { state: "cancelled" }
  if (reason === "died" || reason === "terminated") return { state: "failed" }
  return { state: "refused", why: message.slice(0, mostWhy) }
}

/** The status stands in the head. */
const mostWhy = 200

const tagOf = (error: unknown): unknown =>
  typeof error === "object" && error !== null && "_tag" in error ? error._tag : undefined

/** A workflow as a schedule sees it: by name, with the input as it was encoded by its own schema. */
const targetOf = (name: string, version: string): AnyWorkflow => {
  const id = `${name}@${version}`
  const known = targets.get(id)
  if (known !== undefined) return known
  const made = makeWorkflow(name, {
    version,
    input: Unknown,
    output: Unknown,
    error: Unknown,
    run: () => Effect.die(new Error(`workflow ${name} is known to this schedule by its name alone`))
  })
  targets.set(id, made)
  return made
}

const targets = new Map<string, AnyWorkflow>()
