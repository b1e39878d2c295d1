import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { lengthOf } from "../actor/definitions/assertOptions.ts"
import type { AnyWorkflow, Workflow } from "../actor/definitions/definition.ts"
import { checkRunId } from "../actor/definitions/name.ts"
import { checkTags, sortedTags, type Tags } from "../actor/tags/tags.ts"
import { RunConflict, RunExists } from "../client/errors.ts"
import { beginsAt, type StartTimes } from "../client/starting/beginsAt.ts"
import { list } from "./reports/text.ts"
import type { VirtualWorld } from "./world/virtualWorld.ts"

export interface TestStartOptions<In> {
  readonly input: In
  /** Default: `run-1`, `run-2`, ... */
  readonly runId?: string
  /**
   * What if there is a run of that id, as `client.start` has it: `reject` is a `RunExists`; `replace` cancels it, and begins when its compensations are through;
   * `afterFinish` begins when it has ended; `debounce` has a `delay`, and takes the place of one whose own is not over. Default: a run id that is taken is a
   * `RangeError`, for a slip of the test.
   */
  readonly policy?: (typeof policies)[number]
  readonly tags?: Tags
  /** The body begins so much later, as `advance` lets time pass. */
  readonly delay?: Duration.Input
  /** With the policy `debounce`, as `client.start` has it: so much later than the first of these starts at the latest. Default: ten times the `delay`. */
  readonly maxDelay?: Duration.Input
}

const policies = ["reject", "replace", "afterFinish", "debounce"] as const

/** Puts the start. Answers with the request by which a start is known that comes after another one. */
export const putStart = <Name extends string, In, Out, Err>(
  engine: VirtualWorld,
  workflow: Workflow<Name, In, Out, Err>,
  runId: string,
  options: TestStartOptions<In>
): string | undefined => {
  const { policy, tags = {} } = options
  if (policy !== undefined && !policies.includes(policy))
    throw new TypeError(`the policy of a start in a TestRuntime is one of ${list([...policies])}, not ${policy}`)
  const isThere = engine.runs.has(runId)
  const wrong = isThere && policy === undefined ? `there is a run ${runId} already` : checkRunId(runId)
  if (wrong !== undefined) throw new RangeError(wrong)
  const wrongTags = checkTags(tags)
  if (wrongTags !== undefined) throw new RangeError(wrongTags)
  const encoded = workflow.input().encode(options.input)
  if (Result.isFailure(encoded))
    throw new TypeError(`the input of workflow ${workflow.workflowName} does not fit its schema: ${encoded.failure}`)
  const more = {
    ...timesOf(workflow.workflowName, options, engine.now),
    ...(Object.keys(tags).length === 0 ? {} : { tags: sortedTags(tags) })
  }
  if (!isThere || policy === undefined) {
    engine.start(workflow as AnyWorkflow, runId, encoded.success, undefined, more)
    return undefined
  }
  const there = engine.run(runId).workflow.workflowName
  if (policy === "reject")
    throw new RunExists({
      runId,
      workflow: there,
      message: `there is a run ${runId} of workflow ${there}, and the start asked to be rejected if there is one`
    })
  if (there !== workflow.workflowName)
    throw new RunConflict({
      runId,
      workflow: there,
      message: `run id ${runId} belongs to a run of workflow ${there}, and not of ${workflow.workflowName}: give the start another run id`
    })
  const id = `start-${++engine.family.restarts}`
  const { version: definitionVersion, workflowName } = workflow
  const { fingerprint, payload: input } = encoded.success
  const asked = { kind: "restart", at: engine.now, id, policy, workflow: workflowName } as const
  engine.restart(workflow as AnyWorkflow, runId, { ...asked, definitionVersion, fingerprint, input, ...more })
  return id
}

/** Throws what the client fails with, and of a delay without end a `RangeError`: nothing would come of it in a test. */
const timesOf = (workflow: string, options: TestStartOptions<unknown>, now: number): StartTimes => {
  const { delay, maxDelay, policy } = options
  // One that is no length of time is for the client's own check.
  if (delay !== undefined && lengthOf(delay) === Number.POSITIVE_INFINITY)
    throw new RangeError("the delay of the start has no end: the body would never begin")
  const choices = {
    ...(policy === undefined ? {} : { policy }),
    ...(delay === undefined ? {} : { delay }),
    ...(maxDelay === undefined ? {} : { maxDelay })
  }
  const times = Effect.runSync(Effect.result(beginsAt(workflow, choices, now)))
  if (Result.isFailure(times)) throw times.failure
  return times.success
}
