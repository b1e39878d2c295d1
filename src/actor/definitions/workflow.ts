import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import { lazyCodec, type Storable } from "../values/codec.ts"
import { assertKnown, assertSchema, lengthOf, show } from "./assertOptions.ts"
import { assertBody, rememberDefinition } from "./bodyShape.ts"
import { failuresAsErrors, handleOf } from "./childHandle.ts"
import type { ChildOptions, Workflow } from "./definition.ts"
import { assertLimits } from "./limits/assertLimit.ts"
import type { LimitUse } from "./limits/limitUse.ts"
import { assertName } from "./name.ts"
import { Run } from "./run.ts"
import { RunPortKey } from "./runPort.ts"

export interface WorkflowOptions<In, Out, Err> {
  readonly input: Storable<In>
  readonly output: Storable<Out>
  /** The errors that a run may end with. Default: none; the body must handle all others. */
  readonly error?: Storable<Err>
  /**
   * A run stays with the version that it was started with; a host may know several versions of one workflow. Default `"1"`.
   */
  readonly version?: string
  /**
   * How long a run is kept after its end: then a purge deletes it, with everything that is stored of it. `"forever"`: until somebody deletes it. Where versions of a
   * workflow say different times, the longest counts. Default: what the host says, and otherwise for ever.
   *
   * @example
   * retention: "30 days"
   */
  readonly retention?: Duration.Input | "forever"
  /**
   * What a run waits for before its body begins: a place of each of these limits, which it keeps to its end, whatever that is. Asked for in the order of
   * their names. Default: none.
   *
   * @example
   * limits: [{ limit: stripe, key: (order) => order.account }]
   */
  readonly limits?: ReadonlyArray<LimitUse<NoInfer<In>>>
  /**
   * The body. Plain Effect: `sleep`, `timeout`, `retry`, `race`, `all`, `forEach`, fibers, `Clock`, `Random`, scopes and
   * finalizers are durable and deterministic here. It may not await promises, read the environment or use timers of the host:
   * that is what steps are for.
   */
  readonly run: (input: In) => Effect.Effect<NoInfer<Out>, NoInfer<Err>, Run | Scope.Scope>
}

/**
 * @example
 * export const fulfilOrder = defineWorkflow("fulfilOrder", {
 *   input: Order, output: Shipment, error: Schema.Union([CardDeclined, OutOfStock]),
 *   run: Effect.fn(function* (order: Order) {
 *     const receipt = yield* chargeCard(order).pipe(compensateWith(() => refund(order)))
 *     yield* Effect.sleep("7 days")
 *     return yield* ship(order)
 *   })
 * })
 */
export const defineWorkflow = <const Name extends string, In, Out, Err = never>(
  name: Name,
  options: WorkflowOptions<In, Out, Err>
): Workflow<Name, In, Out, Err> => {
  assertName("workflow", name)
  const what = `workflow ${name}`
  assertKnown(what, options, ["input", "output", "error", "version", "retention", "limits", "run"], ["version"])
  assertSchema(what, "input", options.input)
  assertSchema(what, "output", options.output)
  if ("error" in options) assertSchema(what, "error", options.error)
  const { version = "1" } = options
  if (typeof version !== "string" || !/^[A-Za-z0-9_.-]{1,32}$/.test(version)) {
    throw new RangeError(`version ${show(version)} of workflow ${name}: use 1 to 32 letters, digits, "_", "." or "-"`)
  }
  assertRetention(what, options.retention)
  assertLimits(what, options.limits)
  assertBody(name, options.run)
  return makeWorkflow(name, { ...options, version })
}

const assertRetention = (what: string, retention: WorkflowOptions<never, never, never>["retention"]): void => {
  if (retention === undefined || retention === "forever") return
  if (lengthOf(retention) > 0) return
  throw new RangeError(`retention ${show(retention)} of ${what}: write a time such as "30 days", or "forever"`)
}

const retentionOf = (retention: WorkflowOptions<never, never, never>["retention"]) =>
  retention === undefined
    ? {}
    : {
        retention: retention === "forever" ? Number.POSITIVE_INFINITY : lengthOf(retention)
      }

/** Without a look at its name: those of the runtime's own are no user's. */
export const makeWorkflow = <const Name extends string, In, Out, Err = never>(
  name: Name,
  { version = "1", ...options }: WorkflowOptions<In, Out, Err>
): Workflow<Name, In, Out, Err> => {
  const child = (input: In, childOptions: ChildOptions = {}) =>
    Effect.flatMap(RunPortKey, (port): Effect.Effect<Out, Err> => port.child(workflow, input, childOptions))
  const workflow: Workflow<Name, In, Out, Err> = {
    workflowName: name,
    version,
    input: lazyCodec(options.input),
    output: lazyCodec(options.output),
    error: lazyCodec(options.error ?? (Schema.Never as unknown as Storable<Err>)),
    limits: options.limits ?? [],
    body: options.run,
    ...retentionOf(options.retention),
    child,
    childOrFail: (input, childOptions) => failuresAsErrors(child(input, childOptions)),
    start: (input, childOptions = {}) =>
      Effect.flatMap(Run, (parent) =>
        Effect.flatMap(RunPortKey, (port) =>
          Effect.map(port.start(workflow, input, childOptions), (started) => handleOf<Out, Err>(started, parent))
        )
      ),
    await: (runId) => Effect.flatMap(RunPortKey, (port) => port.outcomeOf(workflow, runId))
  }
  return rememberDefinition(workflow)
}
