import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { expect } from "vitest"
import { Actor } from "../../../src/actor/actor.ts"
import { defineSignal, defineWorkflow, sleep } from "../../../src/index.ts"
import { buildCommit } from "../../../src/streams/commits/buildCommit.ts"
import { type Engine, eventually, live } from "../../streams/engine.ts"
import { startRow } from "../../streams/startRow.ts"
import { onEachStore } from "../eachStore.ts"

const word = defineSignal("word", Schema.String)
const hears = defineWorkflow("hears", { input: Schema.Null, output: Schema.String, run: () => word.receive })
const rests = defineWorkflow("rests", {
  input: Schema.Null,
  output: Schema.Null,
  run: () => Effect.as(sleep("1 hour"), null)
})

/** Its only commit tells another run something, and starts two more. */
const tells = defineWorkflow("tells", {
  input: Schema.Null,
  output: Schema.Null,
  run: Effect.fn(function* () {
    yield* word.send("other", "said")
    yield* rests.start(null)
    yield* rests.start(null, { whenParentEnds: "abandon" })
    return yield* Effect.as(sleep("1 hour"), null)
  })
})

/** The same, by code that says something else. */
const tellsElse = defineWorkflow("tells", {
  input: Schema.Null,
  output: Schema.Null,
  run: Effect.fn(function* () {
    yield* word.send("other", "something else")
    return yield* Effect.as(sleep("1 hour"), null)
  })
})

onEachStore("A run that is left as it stands", (newStore, store) => {
  /** As by a host that has died right behind its commit. In a file all of that is one transaction. */
  const commitAlone = Effect.fnUntraced(function* ({ services, table }: Engine) {
    const start = { ...startRow("tells"), at: Date.now() }
    const actor = new Actor({ workflow: tells, runId: "r" })
    actor.deliver(start)
    const built = yield* Effect.provideContext(
      Effect.gen(() => buildCommit({ actor, head: undefined }, Date.now(), [])),
      services
    )
    yield* table.put("r", start)
    expect((yield* table.commitHead("r", built.head))._tag).toBe("Committed")
  })

  const left = Effect.gen(function* () {
    const open = yield* newStore
    const first = yield* open({ workflows: [tells, hears, rests] })
    yield* first.client.start(hears, { runId: "other", input: null })
    if (store === "sqlite") {
      yield* first.client.start(tells, { runId: "r", input: null })
      yield* eventually(
        "it sleeps",
        Effect.map(first.table.readHead("r"), (head) => head?.status === "running")
      )
    } else {
      yield* first.close
      const without = yield* open({ workflows: [] })
      yield* commitAlone(without)
      yield* without.close
    }
    return open
  })

  const owes = (how: string, leave: (engine: Engine) => Effect.Effect<unknown, unknown>) =>
    live(`owes what its last commit has said all the same, when it is ${how}`, () =>
      Effect.gen(function* () {
        const open = yield* left
        const engine = yield* open({ workflows: [tells, hears, rests] })
        yield* leave(engine)
        expect(yield* engine.client.wait(hears, "other")).toBe("said")
        // Whom its end would cancel is there, to be told of it; whom not goes on.
        yield* eventually(
          "its child is cancelled",
          Effect.map(engine.client.get("r:rests#0"), ({ status }) => status === "cancelled")
        )
        yield* eventually(
          "its other child goes on",
          Effect.map(engine.client.get("r:rests#1"), ({ status }) => status === "running")
        )
      })
    )

  owes("terminated", ({ client }) => client.terminate("r"))
  owes("reset to its beginning", ({ client }) => client.reset(tells, "r", { at: 1, children: "again" }))

  if (store === "aws")
    live("owes nothing that today's code cannot tell, and is terminated", () =>
      Effect.gen(function* () {
        const open = yield* left
        const engine = yield* open({ workflows: [tellsElse, hears, rests] })
        yield* engine.client.terminate("r")
        yield* eventually(
          "it is over",
          Effect.map(engine.client.get("r"), ({ status }) => status === "terminated")
        )
        yield* engine.client.signal("other", word, "by hand")
        expect(yield* engine.client.wait(hears, "other")).toBe("by hand")
        expect(engine.logged.some((line) => line.includes("cannot be made sure of"))).toBe(true)
      })
    )
})
