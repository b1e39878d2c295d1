import * as Schema from "effect/Schema"
import { TimelineStatus } from "./timeline.ts"

const NodeStatus = Schema.Union([TimelineStatus, Schema.Literal("missing")])

/** One generation of a run. */
export const GenerationInfo = Schema.Struct({
  generation: Schema.Number,
  workflow: Schema.String,
  definitionVersion: Schema.String,
  status: TimelineStatus,
  /** When this one began and last moved, epoch milliseconds. */
  startedAt: Schema.Number,
  updatedAt: Schema.Number,
  messages: Schema.Number
})
export interface GenerationInfo extends Schema.Schema.Type<typeof GenerationInfo> {}

/** A run, the runs that it has started, and so on. */
export interface RunNode {
  readonly runId: string
  /** Of the command that it was started by: `<workflow>#<occurrence>` and the like. */
  readonly key?: string
  readonly workflow: string
  /** `missing`: asked for, and not there yet. */
  readonly status: typeof TimelineStatus.Type | "missing"
  readonly startedAt?: number
  readonly updatedAt?: number
  readonly children: ReadonlyArray<RunNode>
  /** There are more children, or they go deeper, than are told of here. */
  readonly truncated?: true
}
export const RunNode: Schema.Codec<RunNode> = Schema.Struct({
  runId: Schema.String,
  key: Schema.optionalKey(Schema.String),
  workflow: Schema.String,
  status: NodeStatus,
  startedAt: Schema.optionalKey(Schema.Number),
  updatedAt: Schema.optionalKey(Schema.Number),
  children: Schema.Array(Schema.suspend((): Schema.Codec<RunNode> => RunNode)),
  truncated: Schema.optionalKey(Schema.Literal(true))
})

export const RunTree = Schema.Struct({
  /** From the run that nobody has started, down to the parent of this one. */
  ancestors: Schema.Array(Schema.Struct({ runId: Schema.String, workflow: Schema.String, status: NodeStatus })),
  run: RunNode
})
export interface RunTree extends Schema.Schema.Type<typeof RunTree> {}
