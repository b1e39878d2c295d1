import { ChildFailed, defineSignal, defineStep, defineWorkflow, Run } from "dynactor"
import { Effect, Fiber, Schema } from "effect"

class PhotoMissing extends Schema.TaggedError<PhotoMissing>()("PhotoMissing", { school: Schema.String }) {}

export const School = Schema.Struct({ name: Schema.String, pupils: Schema.Int })

/** Lays out the pages of one school. */
export const layOut = defineStep("layOut", {
  input: School,
  output: Schema.Int,
  error: PhotoMissing,
  retry: { nonRetryable: ["PhotoMissing"] },
  run: ({ name, pupils }) =>
    pupils === 0 ? Effect.fail(new PhotoMissing({ school: name })) : Effect.succeed(Math.ceil(pupils / 12))
})

export const print = defineStep("print", {
  input: Schema.Struct({ schools: Schema.Array(Schema.String), pages: Schema.Int }),
  output: Schema.String,
  run: async ({ pages, schools }) => `${schools.length} schools on ${pages} pages`
})

/** Told by each school's run to the one that has started it. */
const laidOut = defineSignal("laidOut", Schema.Struct({ school: Schema.String, pages: Schema.Int }))
export const approved = defineSignal("approved", Schema.Void)

/** A school: laid out, read by somebody there for as long as that takes, and told to the parent. */
export const schoolPages = defineWorkflow("schoolPages", {
  input: School,
  output: Schema.Int,
  error: PhotoMissing,
  run: Effect.fn(function* (school) {
    const pages = yield* layOut(school)
    yield* Effect.raceFirst(approved.receive, Effect.sleep("14 days"))
    const { parentRunId } = yield* Run
    if (parentRunId !== undefined) yield* laidOut.send(parentRunId, { school: school.name, pages })
    return pages
  })
})

/** Keeps what was printed, whatever has become of the run that has started it. */
export const archive = defineWorkflow("archive", {
  input: Schema.String,
  output: Schema.Void,
  run: () => Effect.sleep("365 days")
})

const Yearbook = Schema.Struct({
  printed: Schema.String,
  /** Schools in the order in which they were through, as their runs have told. */
  order: Schema.Array(Schema.String),
  missing: Schema.Array(Schema.String)
})

/** All schools at once, three of them at a time; what they come to is collected in one place, and one that has no photos is left out. */
export const yearbook = defineWorkflow("yearbook", {
  input: Schema.Array(School),
  output: Yearbook,
  run: Effect.fn(function* (schools) {
    const order: Array<string> = []
    const listening = yield* Effect.forkChild(
      Effect.forever(Effect.map(laidOut.receive, ({ school }) => void order.push(school)))
    )
    const all = yield* Effect.forEach(
      schools,
      (school) =>
        schoolPages.childOrFail(school, { key: school.name }).pipe(
          Effect.map((pages) => ({ school, pages })),
          Effect.catch((error) => Effect.succeed({ school, pages: error instanceof ChildFailed ? -1 : 0 }))
        ),
      { concurrency: 3 }
    )
    yield* Fiber.interrupt(listening)
    const through = all.filter(({ pages }) => pages > 0)
    const pages = through.reduce((sum, one) => sum + one.pages, 0)
    const printed = yield* print({ schools: through.map(({ school }) => school.name), pages })
    yield* archive.start(printed, { whenParentEnds: "abandon" })
    return { printed, order, missing: all.flatMap(({ pages, school }) => (pages > 0 ? [] : [school.name])) }
  })
})
