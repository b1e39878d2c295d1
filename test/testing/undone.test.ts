import { compensateWith, defineStep, defineWorkflow } from "dynactor"
import { checkWorkflow, fails, flaky, outcomes, WorkflowCheckFailed } from "dynactor/testing"
import { Effect, Schema } from "effect"
import { describe, expect, it } from "vitest"

// What comes after a failure: what undoes something, and what cleans up.

const Booking = Schema.Struct({ reference: Schema.String, cents: Schema.Int })
const Trip = Schema.Struct({ id: Schema.String, city: Schema.String })
type Trip = typeof Trip.Type

class SoldOut extends Schema.TaggedError<SoldOut>()("SoldOut", { message: Schema.String }) {}

const booking = { input: Trip, output: Booking, error: SoldOut, retry: { nonRetryable: ["SoldOut"] as const } }
const nothing = { output: Schema.Void, run: async () => {} }
const run = async () => ({ reference: "", cents: 0 })

const bookFlight = defineStep("bookFlight", { ...booking, run })
const bookHotel = defineStep("bookHotel", { ...booking, run })
const bookCar = defineStep("bookCar", { ...booking, run })
const cancelFlight = defineStep("cancelFlight", { ...nothing, input: Booking })
const cancelHotel = defineStep("cancelHotel", { ...nothing, input: Booking })
const cancelBooking = defineStep("cancelBooking", { ...nothing, input: Schema.Struct({ reference: Schema.String }) })
const cancelTrip = defineStep("cancelTrip", { ...nothing, input: Trip })

const trip = (body: (trip: Trip) => Effect.Effect<unknown, SoldOut, any>) =>
  defineWorkflow("trip", {
    input: Trip,
    output: Schema.Void,
    error: SoldOut,
    run: (input) => Effect.asVoid(body(input)) as Effect.Effect<void, SoldOut>
  })

const failureOf = async (check: () => Promise<unknown>): Promise<WorkflowCheckFailed> => {
  const error = await check().catch((reason: unknown) => reason)
  if (error instanceof WorkflowCheckFailed) return error
  throw error instanceof Error ? error : new Error("nothing was found")
}

describe("a compensation that undoes something else", () => {
  const eachItsOwn = { bookFlight: "cancelFlight", bookHotel: "cancelHotel" }
  const oneForBoth = { bookFlight: "cancelBooking", bookHotel: "cancelBooking" }

  it("is found where it is given what another step has answered", async () => {
    const workflow = trip(
      Effect.fn(function* (trip: Trip) {
        const flight = yield* bookFlight(trip).pipe(compensateWith((flight) => cancelFlight(flight)))
        yield* bookHotel(trip).pipe(compensateWith(() => cancelHotel(flight)))
        yield* bookCar(trip)
      })
    )
    const { kind, message } = await failureOf(() => checkWorkflow(workflow, { compensations: eachItsOwn }))
    expect(kind).toBe("compensation")
    expect(message).toContain("trip: a compensation undoes something else")
    expect(message).toContain("cancelHotel#0 is there to undo bookHotel#0, and is given what bookFlight#0 has answered")
  })

  it("is found where one thing is undone twice, and another not at all", async () => {
    const workflow = trip(
      Effect.fn(function* (trip: Trip) {
        const flight = yield* bookFlight(trip).pipe(compensateWith(cancelBooking))
        yield* bookHotel(trip).pipe(compensateWith(() => cancelBooking(flight)))
        yield* bookCar(trip)
      })
    )
    const { message } = await failureOf(() => checkWorkflow(workflow, { compensations: oneForBoth }))
    expect(message).toContain(
      "bookHotel#0 succeeded and had to be undone, and no call of cancelBooking is given what it has answered"
    )
  })

  it.each([
    [
      "by what they have answered",
      oneForBoth,
      Effect.fn(function* (trip: Trip) {
        yield* bookFlight(trip).pipe(compensateWith(cancelBooking))
        yield* bookHotel(trip).pipe(compensateWith(cancelBooking))
        yield* bookCar(trip)
      })
    ],
    [
      "by what the run was given",
      { bookFlight: "cancelTrip", bookHotel: "cancelTrip" },
      Effect.fn(function* (trip: Trip) {
        yield* bookFlight(trip).pipe(compensateWith(() => cancelTrip(trip)))
        yield* bookHotel(trip).pipe(compensateWith(() => cancelTrip(trip)))
        yield* bookCar(trip)
      })
    ],
    [
      "by what they were given, which is another step's answer",
      { bookHotel: "cancelBooking" },
      Effect.fn(function* (trip: Trip) {
        const { reference } = yield* bookFlight(trip)
        yield* bookHotel({ id: reference, city: trip.city }).pipe(compensateWith(() => cancelBooking({ reference })))
        yield* bookCar(trip)
      })
    ],
    [
      "round by round",
      { bookHotel: "cancelBooking" },
      Effect.fn(function* (trip: Trip) {
        for (let round = 0; round < 3; round++) {
          const hotel = yield* bookHotel(trip).pipe(compensateWith(cancelBooking))
          if (round > 1) yield* bookCar({ id: hotel.reference, city: "" })
        }
      })
    ]
  ] as const)("is none where things are undone %s", async (_, compensations, body) => {
    const report = await checkWorkflow(trip(body as never), { compensations, schedules: 500 })
    expect(report.outcomes.failed).toBeGreaterThan(50)
  })
})

describe("a clean-up that dies", () => {
  const release = defineStep("release", { ...nothing, input: Schema.String, retry: { attempts: 2 } })

  const bodies: Record<string, (trip: Trip) => Effect.Effect<unknown, SoldOut, any>> = {
    ensuring: (trip) => Effect.ensuring(bookHotel(trip), release("room")),
    onError: (trip) => Effect.onError(bookHotel(trip), () => release("room")),
    "a finalizer": (trip) =>
      Effect.scoped(
        Effect.andThen(
          Effect.addFinalizer(() => release("room")),
          bookHotel(trip)
        )
      ),
    "acquireRelease, and an error of the body's own": (trip) =>
      Effect.scoped(
        Effect.gen(function* () {
          yield* Effect.acquireRelease(Effect.succeed("room"), (room) => release(room))
          yield* cancelTrip(trip)
          return yield* new SoldOut({ message: "anyway" })
        })
      )
  }

  it.each(Object.entries(bodies))("is found to take a typed error with it: %s", async (name, body) => {
    const steps = { release: flaky(0.3) }
    const failure = await failureOf(() => checkWorkflow(trip(body), name === "ensuring" ? {} : { steps }))
    expect(failure.kind).toBe("lostError")
    expect(failure.message).toContain("trip: a clean-up takes a typed error with it")
    expect(failure.message).toMatch(/The run had failed with .*SoldOut.*, and release#0 was to clean up after that\./)
  })

  it("may be meant", async () => {
    await checkWorkflow(trip(bodies.ensuring as never), { mayDie: true, schedules: 200 })
  })

  it.each([
    [
      "that handles its own failures",
      (trip: Trip) => Effect.ensuring(bookHotel(trip), Effect.ignore(release.orFail("room")))
    ],
    [
      "of what a run undoes",
      (trip: Trip) =>
        Effect.andThen(
          bookFlight(trip).pipe(compensateWith(cancelBooking)),
          Effect.andThen(cancelTrip(trip), bookHotel(trip))
        )
    ],
    [
      "which is none, but a step beside the one that fails",
      (trip: Trip) =>
        Effect.all([bookFlight(trip).pipe(compensateWith(cancelBooking)), bookHotel(trip), cancelTrip(trip)], {
          concurrency: "unbounded"
        })
    ]
  ] as const)("takes none with it %s", async (_, body) => {
    const report = await checkWorkflow(trip(body as never), {
      schedules: 500,
      steps: {
        bookHotel: outcomes({ reference: "h", cents: 1 }, fails(new SoldOut({ message: "sold out" })))
      }
    })
    expect(report.outcomes.failed).toBeGreaterThan(50)
  })
})
