import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type { AnyStep, AnyWorkflow, StepContext } from "../../src/actor/definitions/definition.ts"
import { defineWorkflow } from "../../src/actor/definitions/workflow.ts"
import { fingerprintText } from "../../src/actor/values/json.ts"
import { idempotencyKeyOf } from "../../src/streams/steps/idempotencyKey.ts"
import { addressOfStep } from "./addressOfStep.ts"
import { attempts, Declined, retryInitialMs } from "./feature.ts"
import { features } from "./features.ts"
import { Interpreter } from "./interpret.ts"
import type { Input, Term } from "./programs.ts"
import { CurrentRunStep } from "./runStep.ts"
import { emptyTrace, type Trace } from "./trace.ts"
import { makeVocabulary } from "./vocabulary.ts"

/** Stands in every large payload, and must stand nowhere else (S16). */
export const secret = "s3cr3t-of-a-customer"

/** The workflows and steps of every schedule. What a run does is its input: a program, as JSON. */
export interface Model {
  readonly workflows: ReadonlyArray<AnyWorkflow>
  readonly program: typeof programType
  readonly poison: AnyWorkflow
  readonly steps: ReadonlyArray<AnyStep>
  /** Of the body that was started last. */
  readonly trace: () => Trace
  /** A body that has not begun by the end of its replay has no trace: that of the one before is not its. */
  readonly forget: () => void
}

/** The reason of all cancellations by clients. */
export const askedTo = "asked to"

export { attempts, retryInitialMs }

const ProgramInput = Schema.Struct({ program: Schema.String, value: Schema.Number })

const defineProgram = (run: (input: typeof ProgramInput.Type) => ReturnType<Interpreter["go"]>) =>
  defineWorkflow("program", { input: ProgramInput, output: Schema.Number, error: Declined, run })
declare const programType: ReturnType<typeof defineProgram>

/** What child runs do: short programs of their own, which call no children. */
const childPrograms: Record<string, Term> = {
  pack: {
    do: "compensated",
    undo: { step: "undo", sleepMs: 0 },
    body: {
      do: "seq",
      terms: [
        { do: "step", step: "reserve", input: 3, on: "catchAny", key: false },
        { do: "sleep", ms: 5 },
        { do: "step", step: "lookUp", input: 1, on: "catchAny", key: false }
      ]
    }
  },
  invoice: { do: "step", step: "charge", input: 4, on: "raise", key: true }
}

/** The children that are called with these wait for ever, or have an id that is not their parent's to name. */
export const endlessInput = 8
export const sharedInput = 9
/** That of the poisoned run, which is there if anybody asks for it, and nobody's child. Random programs do not come to it. */
export const takenInput = 10

/** A child that nobody sends signals to: it ends when its parent is cancelled, or no longer waits. */
const endless: Term = {
  do: "seq",
  terms: [
    {
      do: "compensated",
      undo: { step: "undo", sleepMs: 0 },
      body: { do: "step", step: "reserve", input: 3, on: "catchAny", key: false }
    },
    { do: "receive", signal: "approved", timeoutMs: null }
  ]
}

const makeModel = (isChanged: boolean): Model => {
  let trace = emptyTrace()
  const vocabulary = makeVocabulary({
    runStep: (name, input, context) => Effect.flatMap(CurrentRunStep, (runStep) => runStep(name, input, context)),
    // Children trace nothing: their programs are known.
    runChild: (name, { site, value }, words) =>
      new Interpreter(words, emptyTrace()).go(site === endlessInput ? endless : (childPrograms[name] as Term), value),
    // Several want the same id: the first gets it, the others a conflict.
    sharedChild: (name, input) =>
      input === sharedInput ? `shared:${name}` : input === takenInput ? "poison" : undefined,
    retry: { attempts, initial: retryInitialMs, max: 2 * retryInitialMs, jitter: 0 },
    timeout: "20 seconds",
    pad: `${secret} `.repeat(36)
  })
  const program = defineProgram(({ program: text, value }) => {
    trace = emptyTrace()
    const term = parse(text)
    const own = trace
    // A body has ended when the fibers that it forked have, too: what cannot be interrupted goes on when its last line is through, may
    // wait for what a handler brings, and ends by itself. That is its exit, which is what ends handlers (`Program.start`). What can go
    // on at that moment does so until it waits (`UpdateDesk.close`): it need not have waited for anything after the end.
    return Effect.withFiber((body) => {
      body.addObserver(() =>
        body.currentDispatcher.scheduleTask(() => {
          own.hasEnded = true
        }, 0)
      )
      return isChanged && isPatched(text)
        ? new Interpreter(vocabulary, own, true, text).go(term, value)
        : new Interpreter(vocabulary, own, false, text).go(isChanged ? changedTerm(term, value) : term, value)
    })
  })
  const poison = defineWorkflow("poison", {
    input: Schema.Null,
    output: Schema.Number,
    run: () => Effect.callback<number>(() => undefined)
  })
  // A deployment under way: this host does not know all that others do.
  const children = isChanged ? [] : [...vocabulary.children.values()]
  return {
    workflows: [program, poison, ...children, ...features.flatMap(({ workflows = [] }) => workflows)],
    program,
    poison,
    steps: [...vocabulary.steps.values(), ...features.flatMap(({ steps = [] }) => steps)],
    trace: () => trace,
    forget: () => {
      trace = emptyTrace()
    }
  }
}

/** The changed code of such a program is an older build, and nothing else is changed in it. */
export const isPatched = (program: string): boolean => program.includes('"feature":"patches"')

/** One for all schedules: definitions keep nothing of a run. */
export const rightModel = makeModel(false)
/**
 * Code that was changed: it takes a step more, before all others or beside them; gives its steps another input; comes to its end
 * sooner. Which of these is the run's own.
 */
const changedTerm = (term: Term, value: number): Term => {
  const more: Term = { do: "step", step: "notify", input: 77, on: "catchAny", key: false }
  switch (value % 5) {
    case 0:
      return { do: "seq", terms: [more, term] }
    case 1:
      return { do: "seq", terms: [{ do: "add", value: 1 }, term] }
    case 2:
      return { do: "all", terms: [more, term], concurrency: "unbounded" }
    default:
      return term.do === "seq" ? (term.terms[0] as Term) : { do: "add", value: 1 }
  }
}

export const changedModel = makeModel(true)

/** Of a step's command, by its input. */
export const fingerprintOf = (model: Model, name: string, input: Input): string | undefined => {
  const step = model.steps.find(({ stepName }) => stepName === name)
  return step === undefined ? undefined : Result.getOrUndefined(step.input().encode(input))?.fingerprint
}

/** The same few programs are replayed again and again. */
const parse = (text: string): Term => {
  const known = parsed.get(text)
  if (known !== undefined) return known
  if (parsed.size > 100) parsed.clear()
  const term = JSON.parse(text) as Term
  parsed.set(text, term)
  return term
}
const parsed = new Map<string, Term>()

/** What becomes of one execution: a function of who asks and how often, so that a schedule can be run again. */
export const outcomeOf = (name: string, input: Input, context: StepContext) =>
  Effect.suspend((): Effect.Effect<number, Declined> => {
    const { attempt, idempotencyKey } = context
    const address = addressOfStep(context)
    const own = idempotencyKeyOf(address, "")
    // Whoever is asked once more, by the key that it had, may have another answer.
    const asked = idempotencyKey.startsWith(own) ? idempotencyKey : `${idempotencyKey} ${own}`
    const draw = Number.parseInt(fingerprintText(`${asked}/${attempt}`).slice(-5), 36) % 100
    if (draw < 70 || name.startsWith("undo")) return Effect.succeed((input.value * 7 + input.site + draw) % 100)
    if (draw < 90) return Effect.fail(new Declined({ code: draw % 10 }))
    return Effect.die(new Error(`${name} is out of order`))
  })
