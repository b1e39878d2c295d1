import { appendFileSync, existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { defineSignal, defineStep, defineStream, defineWorkflow, Run, setTags, sleep } from "dynactor"
import { Effect, Schema } from "effect"

// Runs that are started again, paused, ended by force, repaired, looked through and moved, deployed. A folder outlives the functions: it says whether the
// till is open, and what has taken effect.

export class Declined extends Schema.TaggedError<Declined>()("Declined", { item: Schema.String }) {}

const Job = Schema.Struct({ folder: Schema.String, item: Schema.String })

/** Refuses each charge while it is there. */
export const closedSign = (folder: string) => join(folder, "closed")

const chargesOf = (folder: string) => join(folder, "charges")

/** What was charged, each with its idempotency key, once for each execution. */
export const charged = (folder: string): ReadonlyArray<{ readonly item: string; readonly key: string }> =>
  existsSync(chargesOf(folder))
    ? readFileSync(chargesOf(folder), "utf8")
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line))
    : []

const reserve = defineStep("reserve", {
  input: Job,
  output: Schema.String,
  run: ({ item }) => Effect.succeed(`${item} reserved`)
})

const charge = defineStep("charge", {
  input: Job,
  output: Schema.String,
  error: Declined,
  retry: { nonRetryable: ["Declined"] },
  run: ({ folder, item }, { idempotencyKey }) =>
    Effect.suspend(() => {
      if (existsSync(closedSign(folder))) return Effect.fail(new Declined({ item }))
      appendFileSync(chargesOf(folder), `${JSON.stringify({ item, key: idempotencyKey })}\n`)
      return Effect.succeed(`${item} charged`)
    })
})

const release = defineStep("release", {
  input: Job,
  output: Schema.Void,
  run: ({ folder, item }) =>
    Effect.sync(() => appendFileSync(chargesOf(folder), `${JSON.stringify({ item: `${item} released`, key: "" })}\n`))
})

export const go = defineSignal("go", Schema.String)
export const lines = defineStream("lines", Schema.String)

/** Reserves, waits for a word, charges; its tags say how far it is. */
export const order = defineWorkflow("order", {
  input: Job,
  output: Schema.String,
  error: Declined,
  run: Effect.fn(function* (job: typeof Job.Type) {
    const { generation } = yield* Run
    const reserved = yield* reserve(job)
    yield* lines.emit(reserved)
    yield* setTags({ phase: "waiting" })
    const word = yield* go.receive.pipe(Effect.onInterrupt(() => Effect.orDie(release(job))))
    yield* setTags({ phase: "paying" })
    const receipt = yield* charge(job)
    yield* setTags({ phase: null })
    return `${reserved}, ${word}, ${receipt}, ${generation}`
  })
})

/** Under way in every way: a step that waits for the till, a sleep, a large value. */
export const large = defineWorkflow("large", {
  input: Schema.Struct({ ...Job.fields, text: Schema.String }),
  output: Schema.Int,
  error: Declined,
  run: Effect.fn(function* ({ text, ...job }) {
    yield* go.receive
    yield* sleep("1 second")
    yield* charge(job)
    return text.length
  })
})

/** Parks its run: workflow code may not wait for promises. */
export const stuck = defineWorkflow("stuck", {
  input: Schema.Void,
  output: Schema.Void,
  run: () => Effect.promise(() => Promise.resolve())
})

/** Says what became of its child. */
export const asks = defineWorkflow("asks", {
  input: Schema.Void,
  output: Schema.String,
  run: () =>
    stuck.childOrFail(undefined).pipe(
      Effect.as("it came to its end"),
      Effect.catchTag("ChildFailed", ({ reason }) => Effect.succeed(reason))
    )
})

export const workflows = [order, large, stuck, asks]
export const steps = [reserve, charge, release]
export const signals = [go]
export const streams = [lines]
