import { Schema } from "effect"

/** What a node does: one of the steps, the worst of what has come to it, or the judgement of a person. */
const Action = Schema.Literals(["scoreText", "scoreImage", "soften", "publish", "reject", "worst", "askPerson"])

export const Node = Schema.Struct({
  do: Action,
  /** Runs once all edges that lead here have come to something, or with the first that leads here. Default: the first. */
  join: Schema.optionalKey(Schema.Literals(["all", "any"])),
  /** Once for each of them, so many at once. */
  each: Schema.optionalKey(Schema.Literal("images")),
  atOnce: Schema.optionalKey(Schema.Int),
  /** How long a person is waited for. */
  within: Schema.optionalKey(Schema.Literals(["1 hour", "2 days"]))
})

const Edge = Schema.Struct({
  from: Schema.String,
  to: Schema.String,
  /** Of the score of `from`. Default: always. */
  when: Schema.optionalKey(
    Schema.Struct({ atLeast: Schema.optionalKey(Schema.Finite), below: Schema.optionalKey(Schema.Finite) })
  ),
  /** Leads back: what comes after it runs once more, in the next round. */
  again: Schema.optionalKey(Schema.Boolean)
})

export const Graph = Schema.Struct({
  start: Schema.NonEmptyArray(Schema.String),
  /** After which a loop is given up. */
  mostRounds: Schema.Int,
  nodes: Schema.Record(Schema.String, Node),
  edges: Schema.Array(Edge)
})
export type Graph = typeof Graph.Type
export type Edge = typeof Edge.Type
export type Node = typeof Node.Type

/** A sentence for each edge and start that leads nowhere. */
export const wrongWith = ({ edges, nodes, start }: Graph): ReadonlyArray<string> =>
  [...start, ...edges.flatMap(({ from, to }) => [from, to])]
    .filter((name) => !Object.hasOwn(nodes, name))
    .map((name) => `there is no node ${name}`)

export const isLive = ({ when: { atLeast, below } = {} }: Edge, score: number): boolean =>
  (atLeast === undefined || score >= atLeast) && (below === undefined || score < below)
