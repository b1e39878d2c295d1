import * as Schema from "effect/Schema"
import * as fc from "fast-check"

/**
 * A workflow program as data: what fast-check makes, shrinks and prints, and what `interpret.ts` turns into an Effect. A term
 * takes a number and gives a number, so that what one part of a program learns flows into the inputs of the next.
 */
export type Term =
  | { readonly do: "add"; readonly value: number }
  | { readonly do: "random" }
  | { readonly do: "clock" }
  | { readonly do: "date" }
  | { readonly do: "uuid" }
  | {
      readonly do: "step"
      readonly step: StepName
      readonly input: number
      readonly on: OnFailure
      readonly key: boolean
    }
  | { readonly do: "sleep"; readonly ms: number }
  | { readonly do: "receive"; readonly signal: SignalName; readonly timeoutMs: number | null }
  | {
      readonly do: "child"
      readonly child: ChildName
      readonly input: number
      readonly on: OnFailure
      readonly key: boolean
    }
  | { readonly do: "fail"; readonly code: number }
  | { readonly do: "interrupt" }
  | { readonly do: "seq"; readonly terms: ReadonlyArray<Term> }
  | { readonly do: "all"; readonly terms: ReadonlyArray<Term>; readonly concurrency: Concurrency }
  | { readonly do: "forEach"; readonly items: number; readonly body: Term; readonly concurrency: Concurrency }
  | { readonly do: "race"; readonly first: boolean; readonly left: Term; readonly right: Term }
  | { readonly do: "timeout"; readonly ms: number; readonly body: Term }
  | { readonly do: "retry"; readonly times: number; readonly schedule: ScheduleName; readonly body: Term }
  | {
      readonly do: "fork"
      readonly child: Term
      readonly meanwhile: Term
      readonly end: "join" | "interrupt" | "leave"
    }
  | { readonly do: "caught"; readonly body: Term }
  | { readonly do: "uninterruptible"; readonly body: Term }
  | { readonly do: "compensated"; readonly body: Term; readonly undo: Undo }
  | { readonly do: "finalizer"; readonly undo: Undo }
  | { readonly do: "ensuring"; readonly body: Term; readonly undo: Undo }
  | { readonly do: "resource"; readonly acquire: Term; readonly use: Term; readonly undo: Undo }
  | FeatureTerm

/** A call of something that not every schedule has: see `features.ts`. */
export interface FeatureTerm {
  readonly do: "feature"
  readonly feature: string
  /** JSON, whatever the feature draws. */
  readonly args: any
}

export type StepName = "reserve" | "charge" | "notify" | "lookUp" | "price"
export type SignalName = "approved" | "changed"
export type ChildName = "pack" | "invoice"
/** A failure is raised, or turned into a number: the typed one, or any at all. */
export type OnFailure = "raise" | "catchTyped" | "catchAny"
export type Concurrency = 1 | 2 | "unbounded"
export type ScheduleName = "immediate" | "spaced" | "exponential" | "jittered"

/** What takes something back: steps, and perhaps a wait between them. Its failures are its own affair. */
export interface Undo {
  readonly step: "undo" | "undoInline"
  readonly sleepMs: number
}

export const stepNames: ReadonlyArray<StepName> = ["reserve", "charge", "notify", "lookUp", "price"]
export const inlineSteps: ReadonlySet<string> = new Set(["lookUp", "price", "undoInline", "handOutInline"])
export const signalNames: ReadonlyArray<SignalName> = ["approved", "changed"]
export const childNames: ReadonlyArray<ChildName> = ["pack", "invoice"]

const small = fc.nat(9)
const sleepMs = fc.constantFrom(0, 1, 5, 60_000)
const onFailure = fc.constantFrom<OnFailure>("catchAny", "catchAny", "catchAny", "catchTyped", "raise")
const concurrency = fc.constantFrom<Concurrency>("unbounded", 1, 2)
const schedule = fc.constantFrom<ScheduleName>("immediate", "spaced", "exponential", "jittered")
const undo: fc.Arbitrary<Undo> = fc.record({
  step: fc.constantFrom("undo", "undoInline"),
  sleepMs: fc.constantFrom(0, 0, 7)
})
const is = <const A extends string>(what: A) => fc.constant(what)

const step = fc.record({
  do: is("step"),
  step: fc.constantFrom(...stepNames),
  input: small,
  on: onFailure,
  key: fc.boolean()
})
const child = fc.record({
  do: is("child"),
  child: fc.constantFrom(...childNames),
  input: small,
  on: onFailure,
  key: fc.boolean()
})

const leaf: fc.Arbitrary<Term> = fc.oneof(
  { weight: 20, arbitrary: step },
  { weight: 6, arbitrary: fc.record({ do: is("sleep"), ms: sleepMs }) },
  { weight: 6, arbitrary: child },
  {
    weight: 5,
    arbitrary: fc.record({
      do: is("receive"),
      signal: fc.constantFrom(...signalNames),
      timeoutMs: fc.option(fc.constantFrom(5, 60_000))
    })
  },
  { weight: 2, arbitrary: fc.record({ do: is("add"), value: small }) },
  { weight: 4, arbitrary: fc.constantFrom<Term>({ do: "random" }, { do: "clock" }, { do: "date" }, { do: "uuid" }) },
  { weight: 2, arbitrary: fc.record({ do: is("finalizer"), undo }) },
  { weight: 1, arbitrary: fc.record({ do: is("fail"), code: small }) },
  { weight: 1, arbitrary: fc.constant<Term>({ do: "interrupt" }) }
)

export interface TermOptions {
  readonly maxLength: number
  readonly maxDepth: number
  /** Calls that stand among the leaves, as often as all others together. */
  readonly features?: ReadonlyArray<fc.Arbitrary<FeatureTerm>>
}

/** Random programs: so many terms one after the other, each so deep at most. */
export const termsOf = ({ maxLength, maxDepth, features = [] }: TermOptions) =>
  fc.letrec<{ term: Term; seq: Term }>((tie) => {
    const body = tie("term")
    const calls = features.map((arbitrary) => ({ weight: Math.ceil(6 / features.length), arbitrary }))
    return {
      seq: fc.record({ do: is("seq"), terms: fc.array(body, { minLength: 1, maxLength, size: "max" }) }),
      term: fc.oneof(
        { maxDepth, depthSize: "large", withCrossShrink: true },
        { weight: 6, arbitrary: leaf },
        ...calls,
        { weight: 5, arbitrary: fc.record({ do: is("seq"), terms: fc.array(body, { minLength: 2, maxLength: 4 }) }) },
        {
          weight: 2,
          arbitrary: fc.record({ do: is("all"), terms: fc.array(body, { minLength: 2, maxLength: 4 }), concurrency })
        },
        {
          weight: 1,
          arbitrary: fc.record({ do: is("forEach"), items: fc.integer({ min: 1, max: 3 }), body, concurrency })
        },
        { weight: 2, arbitrary: fc.record({ do: is("race"), first: fc.boolean(), left: body, right: body }) },
        { weight: 2, arbitrary: fc.record({ do: is("timeout"), ms: fc.constantFrom(0, 5, 60_000), body }) },
        { weight: 1, arbitrary: fc.record({ do: is("retry"), times: fc.integer({ min: 1, max: 2 }), schedule, body }) },
        {
          weight: 2,
          arbitrary: fc.record({
            do: is("fork"),
            child: body,
            meanwhile: body,
            end: fc.constantFrom("join", "interrupt", "leave")
          })
        },
        { weight: 1, arbitrary: fc.record({ do: is("caught"), body }) },
        { weight: 1, arbitrary: fc.record({ do: is("uninterruptible"), body }) },
        { weight: 3, arbitrary: fc.record({ do: is("compensated"), body, undo }) },
        { weight: 1, arbitrary: fc.record({ do: is("ensuring"), body, undo }) },
        { weight: 1, arbitrary: fc.record({ do: is("resource"), acquire: body, use: body, undo }) }
      )
    }
  }).seq

/** Bounded, so that one case stays in the tens of messages. */
export const terms: fc.Arbitrary<Term> = termsOf({ maxLength: 6, maxDepth: 4 })

/** A program as one would write it down, on few lines. */
export const showTerm = (term: Term, indent = "  "): string => {
  const inner = (one: Term) => showTerm(one, `${indent}  `)
  const block = (many: ReadonlyArray<Term>) => `[\n${many.map((one) => `${indent}${inner(one)}`).join(",\n")}]`
  switch (term.do) {
    case "add":
      return `add ${term.value}`
    case "step":
      return `step ${term.step}(${term.input})${term.key ? " keyed" : ""} ${term.on}`
    case "child":
      return `child ${term.child}(${term.input})${term.key ? " keyed" : ""} ${term.on}`
    case "sleep":
      return `sleep ${term.ms}`
    case "receive":
      return `receive ${term.signal}${term.timeoutMs === null ? "" : ` for ${term.timeoutMs}`}`
    case "fail":
      return `fail ${term.code}`
    case "seq":
      return `seq ${block(term.terms)}`
    case "all":
      return `all ${term.concurrency} ${block(term.terms)}`
    case "forEach":
      return `forEach ${term.items} by ${term.concurrency} ${block([term.body])}`
    case "race":
      return `${term.first ? "raceFirst" : "race"} ${block([term.left, term.right])}`
    case "timeout":
      return `timeout ${term.ms} ${block([term.body])}`
    case "retry":
      return `retry ${term.times} ${term.schedule} ${block([term.body])}`
    case "fork":
      return `fork, ${term.end} ${block([term.child, term.meanwhile])}`
    case "caught":
    case "uninterruptible":
      return `${term.do} ${block([term.body])}`
    case "compensated":
    case "ensuring":
      return `${term.do} by ${showUndo(term.undo)} ${block([term.body])}`
    case "finalizer":
      return `finalizer ${showUndo(term.undo)}`
    case "feature":
      return `${term.feature} ${JSON.stringify(term.args)}`
    case "resource":
      return `resource released by ${showUndo(term.undo)} ${block([term.acquire, term.use])}`
    default:
      return term.do
  }
}

const showUndo = (one: Undo): string => `${one.step}${one.sleepMs > 0 ? ` after ${one.sleepMs}` : ""}`

/** What steps and children are called with. `pad` makes an input large: what is beyond the limit of a row goes through the payload store. */
export const Input = Schema.Struct({
  site: Schema.Number,
  value: Schema.Number,
  /** Marked, so that no message shows it (S16). */
  pad: Schema.optionalKey(Schema.Redacted(Schema.String))
})
export type Input = typeof Input.Type
