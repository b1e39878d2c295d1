import { defineSignal, defineStep, defineWorkflow } from "dynactor"
import { Effect, Schema } from "effect"
import { type Edge, Graph, isLive, type Node, wrongWith } from "./graph.ts"

export const Post = Schema.Struct({ text: Schema.String, images: Schema.Array(Schema.String) })

const score = (name: "scoreText" | "scoreImage") =>
  defineStep(name, {
    input: Schema.String,
    output: Schema.Finite,
    run: async (content) => Math.min(1, (content.match(/!/g)?.length ?? 0) / 10)
  })
export const scoreText = score("scoreText")
export const scoreImage = score("scoreImage")

export const soften = defineStep("soften", {
  input: Schema.String,
  output: Schema.String,
  run: async (text) => text.replace("!!", ".")
})

const decide = (name: "publish" | "reject") =>
  defineStep(name, { input: Post, output: Schema.Void, run: async () => undefined })
export const publish = decide("publish")
export const reject = decide("reject")

/** From 0 for harmless to 1. */
export const judged = defineSignal("judged", Schema.Finite)

export class GraphWrong extends Schema.TaggedError<GraphWrong>()("GraphWrong", {
  problems: Schema.Array(Schema.String)
}) {}

/** The graph came to neither `publish` nor `reject`. */
export class Undecided extends Schema.TaggedError<Undecided>()("Undecided", { rounds: Schema.Int }) {}

/** What has come to a node: from which edge, with which score, in which round. Dead where its condition did not hold. */
interface Arrived {
  readonly score: number
  readonly round: number
  readonly live: boolean
}

class Moderation {
  readonly path: Array<string> = []
  decision: "published" | "rejected" | undefined
  rounds = 1
  private text: string
  private readonly images: ReadonlyArray<string>
  private readonly graph: Graph
  private readonly arrived = new Map<Edge, Arrived>()
  /** By node, the round in which it ran last. */
  private readonly ran = new Map<string, number>()

  constructor(graph: Graph, { images, text }: typeof Post.Type) {
    this.graph = graph
    this.images = images
    this.text = text
  }

  /** Runs a node, and at once all that follows from it. */
  readonly enter = (name: string, round: number, score = 0): Effect.Effect<void, never, any> =>
    Effect.gen({ self: this }, function* () {
      if (this.ran.get(name) === round || this.decision !== undefined) return
      this.ran.set(name, round)
      this.path.push(name)
      const result = yield* this.act(this.graph.nodes[name] as Node, score)
      yield* this.leave(name, round, (edge) => ({ score: result, round, live: isLive(edge, result) }))
    })

  private leave(name: string, round: number, token: (edge: Edge) => Arrived): Effect.Effect<void, never, any> {
    const edges = this.graph.edges.filter(({ from }) => from === name)
    return Effect.forEach(edges, (edge) => this.arrive(edge, token(edge), round), {
      concurrency: "unbounded",
      discard: true
    })
  }

  private arrive(edge: Edge, token: Arrived, round: number): Effect.Effect<void, never, any> {
    const { edges, mostRounds, nodes } = this.graph
    if (edge.again === true) {
      if (!token.live || round >= mostRounds) return Effect.void
      this.rounds = Math.max(this.rounds, round + 1)
      return this.enter(edge.to, round + 1, token.score)
    }
    this.arrived.set(edge, token)
    if (nodes[edge.to]?.join !== "all") return token.live ? this.enter(edge.to, round, token.score) : Effect.void
    // What came in an earlier round counts as well: a loop need not run all branches again.
    const all = edges.filter(({ again, to }) => to === edge.to && again !== true).map((one) => this.arrived.get(one))
    if (all.includes(undefined)) return Effect.void
    const live = all.flatMap((one) => (one?.live === true ? [one.score] : []))
    if (live.length > 0) return this.enter(edge.to, round, Math.max(...live))
    return this.leave(edge.to, round, () => ({ ...token, live: false }))
  }

  private act({ atOnce = 1, do: action, within = "1 hour" }: Node, score: number): Effect.Effect<number, never, any> {
    const post = { text: this.text, images: this.images }
    switch (action) {
      case "scoreText":
        return scoreText(this.text)
      case "scoreImage":
        return Effect.map(
          Effect.forEach(this.images, (image) => scoreImage(image), { concurrency: atOnce }),
          (all) => Math.max(0, ...all)
        )
      case "worst":
        return Effect.succeed(score)
      case "soften":
        return Effect.map(soften(this.text), (text) => {
          this.text = text
          return score
        })
      case "askPerson":
        // Nobody has looked at it: it is not shown.
        return Effect.timeoutOrElse(judged.receive, { duration: within, orElse: () => Effect.succeed(1) })
      case "publish":
      case "reject":
        this.decision = action === "publish" ? "published" : "rejected"
        return Effect.as(action === "publish" ? publish(post) : reject(post), score)
    }
  }
}

/** Takes a post through a graph that came with it: whoever changes the graph changes no code. */
export const moderate = defineWorkflow("moderate", {
  input: Schema.Struct({ graph: Graph, post: Post }),
  output: Schema.Struct({
    decision: Schema.Literals(["published", "rejected"]),
    path: Schema.Array(Schema.String),
    rounds: Schema.Int
  }),
  error: Schema.Union([GraphWrong, Undecided]),
  run: Effect.fn(function* ({ graph, post }) {
    const problems = wrongWith(graph)
    if (problems.length > 0) return yield* new GraphWrong({ problems })
    const moderation = new Moderation(graph, post)
    yield* Effect.forEach(graph.start, (name) => moderation.enter(name, 1), { concurrency: "unbounded", discard: true })
    const { decision, path, rounds } = moderation
    if (decision === undefined) return yield* new Undecided({ rounds })
    return { decision, path, rounds }
  })
})
