import { Client, callback, defineStep, defineWorkflow } from "dynactor"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { difference, type Units } from "./difference.ts"

const N = Schema.Struct({ n: Schema.Number })

/** Tokens that were handed out and not answered. */
const tokens: Array<string> = []

const tell = defineStep("tell", {
  input: Schema.String,
  output: Schema.Null,
  inline: true,
  run: async (token) => {
    tokens.push(token)
    return null
  }
})

/** Asks so often, one question after the other. */
const asking = defineWorkflow("asking", {
  input: N,
  output: Schema.Number,
  run: Effect.fnUntraced(function* ({ n }: { readonly n: number }) {
    for (let i = 0; i < n; i++) {
      const { receive, token } = yield* callback("question", { payload: Schema.Number })
      yield* tell(token)
      yield* receive
    }
    return n
  })
})

export const questions = { workflows: [asking], steps: [tell] } as const

interface Counting {
  readonly spent: <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<Units, E, R>
  readonly quiet: Effect.Effect<void>
}

const nextToken = Effect.gen(function* () {
  while (tokens.length === 0) yield* Effect.sleep(10)
  return tokens.shift() ?? ""
})

export const perCallback = ({ quiet, spent }: Counting) =>
  Effect.gen(function* () {
    const client = yield* Client
    const answerAll = (n: number) =>
      Effect.gen(function* () {
        const { runId } = yield* client.start(asking, { runId: `asked-${n}`, input: { n } })
        for (let i = 0; i < n; i++) {
          const token = yield* nextToken
          yield* quiet
          yield* client.completeCallback(token, i)
        }
        yield* client.wait(asking, runId)
      })
    yield* answerAll(1)
    const few = yield* spent(answerAll(2))
    return difference(yield* spent(answerAll(12)), few, 10)
  })

export const perHeartbeat = ({ quiet, spent }: Counting) =>
  Effect.gen(function* () {
    const client = yield* Client
    yield* client.start(asking, { runId: "asked-once", input: { n: 1 } })
    const token = yield* nextToken
    yield* quiet
    const ten = yield* spent(Effect.forEach(Array.from({ length: 10 }), () => client.heartbeatCallback(token)))
    yield* client.completeCallback(token, 0)
    return difference(ten, { write: 0, read: 0 }, 10)
  })
