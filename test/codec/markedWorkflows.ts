import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import {
  callback,
  continueAsNew,
  defineCallback,
  defineSignal,
  defineState,
  defineStep,
  defineStream,
  defineUpdate,
  defineWorkflow,
  forEachStep,
  outputsOrFail,
  Run
} from "../../src/index.ts"

/** Stands in all that is handed over, and in nothing else: names, keys and ids are no payloads. */
export const mark = "xyzzyMark"

export const marked = (what: string): string => `${mark} ${what}`

class Declined extends Schema.TaggedError<Declined>()("Declined", { message: Schema.String, card: Schema.String }) {}

const Text = Schema.String

export const go = defineSignal("go", Text)
export const shown = defineState("shown", Text)
export const largeShown = defineState("largeShown", Text)
export const words = defineStream("words", Text)
export const change = defineUpdate("change", { input: Text, output: Text, error: Declined })
const answer = defineCallback("answer", { payload: Text, error: Text })

const echo = defineStep("echo", { input: Text, output: Text, run: async (text) => text })
const inline = defineStep("inline", { input: Text, output: Text, inline: true, run: async (text) => text })

const declines = defineStep("declines", {
  input: Text,
  output: Text,
  error: Declined,
  retry: { attempts: 1 },
  run: (text) => Effect.fail(new Declined({ message: marked("declined"), card: text }))
})

/** Fails twice, with a cause, and then works; tells heartbeats and emits on the way. */
const struggles = defineStep("struggles", {
  input: Text,
  output: Text,
  heartbeat: "20 seconds",
  details: Text,
  retry: { attempts: 3, initial: "5 millis" },
  run: (text, { attempt, emit, heartbeat }) =>
    Effect.gen(function* () {
      yield* emit(words, marked(`of the step, attempt ${attempt}`))
      yield* emit(words, marked(`more of the step, attempt ${attempt}`))
      yield* heartbeat(marked("details"))
      if (attempt < 3)
        return yield* Effect.die(new Error(marked("the bank does not answer"), { cause: new Error(marked("cause")) }))
      return text
    })
})

/** Waits between its attempts for so long that it is looked at meanwhile. */
const waits = defineStep("waits", {
  input: Text,
  output: Text,
  retry: { attempts: 2, initial: "1 hour", max: "1 hour" },
  run: () => Effect.die(new Error(marked("closed for today")))
})

const dies = defineStep("dies", {
  input: Text,
  output: Text,
  retry: { attempts: 1 },
  run: () =>
    Effect.die(Object.assign(new Error(marked("no space"), { cause: new Error(marked("inner")) }), { code: 7 }))
})

const page = defineStep("page", { input: Text, output: Text, run: async (text) => `${text} `.repeat(40) })

const child = defineWorkflow("child", {
  input: Text,
  output: Text,
  run: Effect.fn(function* (text) {
    const told = yield* go.receive
    return `${text} ${told}`
  })
})

const failingChild = defineWorkflow("failingChild", {
  input: Text,
  output: Text,
  error: Declined,
  run: (text) => Effect.fail(new Declined({ message: text, card: text }))
})

export const everything = defineWorkflow("everything", {
  input: Schema.Struct({ text: Text, large: Text, otherRunId: Text }),
  output: Text,
  run: Effect.fn(function* ({ large, otherRunId, text }) {
    const { runId } = yield* Run
    yield* change.handle((what) =>
      what.includes("refuse")
        ? Effect.fail(new Declined({ message: marked("refused"), card: what }))
        : Effect.succeed(`${what}, done`)
    )
    yield* shown.set(marked("state"))
    yield* largeShown.set(marked("large state ").repeat(200))
    yield* words.emit(marked("of the body"))
    yield* words.emit(marked("more of the body"))
    const echoed = yield* echo(text)
    yield* inline(text)
    yield* Effect.exit(declines(text))
    yield* struggles(text)
    yield* Effect.exit(dies(text))
    yield* echo(large)
    const one = yield* child.start(text, { key: "one", runId: `${runId}-one` })
    yield* one.signal(go, marked("from a run"))
    yield* one.await
    yield* Effect.exit(failingChild.child(text))
    yield* Effect.exit(child.await(otherRunId))
    const items = Array.from({ length: 6 }, (_, index) => `${text} ${index}`)
    yield* outputsOrFail(forEachStep(items, page, { concurrency: 3, batch: 3 })).pipe(Effect.orDie)
    const asked = yield* callback(answer)
    yield* shown.set(`${marked("token")} ${asked.token}`)
    const given = yield* asked.receive.pipe(Effect.orDie)
    const last = yield* go.receive
    yield* shown.set(marked("over"))
    return `${echoed} ${given} ${last}`
  })
})

/** Goes on as new with what it was sent, and waits. */
export const meter = defineWorkflow("meter", {
  input: Text,
  output: Text,
  run: Effect.fn(function* (text) {
    if (!text.includes("again")) return yield* continueAsNew(`${text} again`)
    return `${text} ${yield* go.receive}`
  })
})

export const stands = defineWorkflow("stands", { input: Text, output: Text, run: (text) => Effect.orDie(waits(text)) })

export const other = child

export const broken = defineWorkflow("broken", {
  input: Text,
  output: Text,
  run: (text) => Effect.die(new Error(marked("body"), { cause: text }))
})

export const cancelled = defineWorkflow("cancelled", { input: Text, output: Text, run: () => go.receive })

export const definitions = {
  workflows: [everything, child, failingChild, meter, stands, broken, cancelled],
  steps: [echo, inline, declines, struggles, waits, dies, page]
}
