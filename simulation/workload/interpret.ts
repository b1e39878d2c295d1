import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import { compensateWith } from "../../src/actor/calls/compensation.ts"
import { randomUuid } from "../../src/actor/calls/uuid.ts"
import type { ChildOptions, Workflow } from "../../src/actor/definitions/definition.ts"
import type { Run } from "../../src/actor/definitions/run.ts"
import { defineSignal } from "../../src/actor/definitions/signal.ts"
import { defineWorkflow } from "../../src/actor/definitions/workflow.ts"
import { Declined, type Meaning } from "./feature.ts"
import { featureOf } from "./features.ts"
import { type Input, type OnFailure, type ScheduleName, signalNames, type Term, type Undo } from "./programs.ts"
import { emptyTrace, noteMessage, noteWaking, type Trace } from "./trace.ts"
import { makeVocabulary, type ProgramChild, type ProgramStep, type Vocabulary } from "./vocabulary.ts"

/** Turns a program (a `Term`) into a workflow. */

/** The core only names steps and children; whoever drives it answers for them. */
const namesOnly = makeVocabulary({
  runStep: () => Effect.die("the core runs no step"),
  runChild: () => Effect.succeed(0)
})

export const signals = new Map(signalNames.map((name) => [name, defineSignal(name, Schema.Number)]))

export interface TracedWorkflow {
  readonly workflow: Workflow<"program", number, number, Declined>
  /** Of the body that was started last. */
  readonly trace: () => Trace
}

export const traced = (term: Term): TracedWorkflow => {
  let current = emptyTrace()
  const workflow = defineWorkflow("program", {
    input: Schema.Number,
    output: Schema.Number,
    error: Declined,
    run: (input) =>
      Effect.suspend(() => {
        current = emptyTrace()
        return new Interpreter(namesOnly, current).go(term, input)
      })
  })
  return { workflow, trace: () => current }
}

const schedules: Record<ScheduleName, Schedule.Schedule<unknown> | undefined> = {
  immediate: undefined,
  spaced: Schedule.spaced(5),
  exponential: Schedule.exponential(5, 2),
  jittered: Schedule.jittered(Schedule.spaced(100))
}

export class Interpreter {
  private readonly vocabulary: Vocabulary
  private readonly trace: Trace
  private readonly isOlder: boolean
  private readonly program: string | undefined
  private keys = 0
  private undos = 0

  constructor(vocabulary: Vocabulary, trace: Trace, isOlder = false, program?: string) {
    this.vocabulary = vocabulary
    this.trace = trace
    this.isOlder = isOlder
    this.program = program
  }

  go(term: Term, value: number): Meaning {
    return Effect.suspend(() => this.meaning(term, value))
  }

  private meaning(term: Term, value: number): Meaning {
    switch (term.do) {
      case "add":
        return Effect.succeed(value + term.value)
      case "random":
        return Random.nextIntBetween(0, 1_000)
      case "clock":
        return Effect.map(Clock.currentTimeMillis, (now) => this.look(now))
      case "date":
        return Effect.sync(() => this.look(Date.now()))
      case "uuid":
        return Effect.map(randomUuid, (uuid) => Number.parseInt(uuid.slice(0, 6), 16))
      case "step": {
        const step = this.vocabulary.steps.get(term.step) as ProgramStep
        return this.call(step, step.orFail, this.asked(term.step, this.input(term.input, value)), term.on, term.key)
      }
      case "child": {
        const child = this.vocabulary.children.get(term.child) as ProgramChild
        const runId = this.vocabulary.sharedChild?.(term.child, term.input)
        return this.call(child.child, child.childOrFail, this.input(term.input, value), term.on, term.key, runId)
      }
      case "sleep":
        return Effect.as(this.sleep(term.ms), value)
      case "receive": {
        const { receive: next } = signals.get(term.signal) as NonNullable<ReturnType<typeof signals.get>>
        const receive = this.heard(
          `signal ${term.signal}`,
          Effect.tap(next, (received) =>
            Effect.sync(() => this.trace.received.push({ name: term.signal, value: received }))
          )
        )
        return term.timeoutMs === null ? receive : orElseMinusOne(Effect.timeoutOption(receive, term.timeoutMs))
      }
      case "fail":
        return Effect.fail(new Declined({ code: term.code }))
      case "interrupt":
        return Effect.interrupt
      default:
        return this.combined(term, value)
    }
  }

  private combined(term: Exclude<Term, { readonly do: Leaf }>, value: number): Meaning {
    const go = (one: Term, input = value) => this.go(one, input)
    switch (term.do) {
      case "seq":
        return term.terms.reduce<Meaning>(
          (before, next) => Effect.flatMap(before, (result) => go(next, result)),
          Effect.succeed(value)
        )
      case "all":
        return Effect.map(
          Effect.all(
            term.terms.map((one, index) => go(one, value + index)),
            { concurrency: term.concurrency }
          ),
          sum
        )
      case "forEach": {
        const items = Array.from({ length: term.items }, (_, index) => value + index)
        return Effect.map(
          Effect.forEach(items, (item) => go(term.body, item), { concurrency: term.concurrency }),
          sum
        )
      }
      case "race":
        return (term.first ? Effect.raceFirst : Effect.race)(go(term.left), go(term.right, value + 1))
      case "timeout":
        return orElseMinusOne(Effect.timeoutOption(go(term.body), term.ms))
      case "retry": {
        const schedule = schedules[term.schedule]
        return schedule === undefined
          ? Effect.retry(go(term.body), { times: term.times })
          : Effect.retry(go(term.body), { times: term.times, schedule })
      }
      case "fork":
        return this.fork(term, value)
      case "caught":
        return Effect.catch(go(term.body), (declined) => Effect.succeed(declined.code))
      case "uninterruptible":
        return Effect.uninterruptible(go(term.body))
      case "feature":
        return featureOf(term.feature).call(term.args, value, {
          program: this.program,
          trace: this.trace,
          go,
          stepOf: (name) => this.vocabulary.steps.get(name) as ProgramStep,
          isOlder: this.isOlder
        })
      default:
        return this.undone(term, value)
    }
  }

  private undone(term: Extract<Term, { readonly undo: Undo }>, value: number): Meaning {
    switch (term.do) {
      case "compensated":
        // Noted inside of the uninterruptible region, so that no interruption comes between the note and the registration.
        return Effect.suspend(() => {
          const id = this.undos++
          return this.go(term.body, value).pipe(
            Effect.onExit((exit) => {
              if (exit._tag === "Success") return this.note(id, false)
              if (Cause.hasInterrupts(exit.cause) && !interruptsItself(term.body)) this.trace.cut++
              return Effect.void
            }),
            compensateWith((result) => this.undo(id, term.undo, result))
          )
        })
      case "finalizer":
        return Effect.uninterruptible(
          Effect.suspend(() => {
            const id = this.undos++
            return Effect.addFinalizer(() => this.undo(id, term.undo, value)).pipe(
              Effect.tap(() => this.note(id, true)),
              Effect.as(value)
            )
          })
        )
      case "ensuring":
        return Effect.ensuring(
          this.go(term.body, value),
          Effect.suspend(() => this.work(term.undo, value))
        )
      case "resource":
        return Effect.acquireUseRelease(
          this.go(term.acquire, value),
          (result) => this.go(term.use, result),
          (result) => this.work(term.undo, result)
        )
    }
  }

  private fork(term: Extract<Term, { readonly do: "fork" }>, value: number): Meaning {
    return Effect.flatMap(Effect.forkChild(this.go(term.child, value)), (fiber) =>
      Effect.flatMap(this.go(term.meanwhile, value + 1), (result) => {
        if (term.end === "join") return Effect.map(Fiber.join(fiber), (joined) => joined + result)
        return term.end === "interrupt" ? Effect.as(Fiber.interrupt(fiber), result) : Effect.succeed(result)
      })
    )
  }

  private call<E extends { readonly _tag: string }>(
    plain: (input: Input, options?: ChildOptions) => Effect.Effect<number, Declined, Run>,
    orFail: (input: Input, options?: ChildOptions) => Effect.Effect<number, Declined | E, Run>,
    input: Input,
    on: OnFailure,
    keyed: boolean,
    runId?: string
  ): Meaning {
    // A key of the user's own may be used once in a run; the order of execution is the run's own and replays.
    const options = { ...(keyed ? { key: `key-${this.keys++}` } : {}), ...(runId === undefined ? {} : { runId }) }
    const answered = <A, E, R>(answer: Effect.Effect<A, E, R>) =>
      this.heard("an answer", Effect.andThen(this.asking(), answer))
    if (on === "raise") return answered(plain(input, options))
    if (on === "catchTyped")
      return answered(Effect.catch(plain(input, options), (declined) => Effect.succeed(-declined.code)))
    return answered(Effect.catch(orFail(input, options), () => Effect.succeed(-7)))
  }

  private input(site: number, value: number): Input {
    const { pad } = this.vocabulary
    return pad !== undefined && site % 4 === 3 ? { site, value, pad: Redacted.make(pad) } : { site, value }
  }

  private asked(step: string, input: Input): Input {
    this.trace.asked.push({ step, input })
    return input
  }

  private undo(id: number, undo: Undo, value: number): Effect.Effect<unknown, never, Run> {
    return Effect.suspend(() => {
      this.trace.begun.push(id)
      if (this.trace.undoing++ > 0) this.trace.overlaps++
      return Effect.ensuring(
        this.work(undo, value),
        Effect.sync(() => void this.trace.undoing--)
      )
    })
  }

  private asking(): Effect.Effect<void> {
    return Effect.map(Clock.currentTimeMillis, (now) => {
      this.trace.askedAt = now
    })
  }

  private work(undo: Undo, value: number): Effect.Effect<unknown, never, Run> {
    const step = this.vocabulary.steps.get(undo.step) as ProgramStep
    const once = Effect.ignore(
      Effect.andThen(
        this.asking(),
        Effect.suspend(() => step.orFail(this.asked(undo.step, { site: 0, value })))
      )
    )
    return undo.sleepMs === 0 ? once : Effect.andThen(Effect.sleep(undo.sleepMs), once)
  }

  private sleep(ms: number): Effect.Effect<void> {
    return Effect.flatMap(Clock.currentTimeMillis, (from) => {
      const { trace } = this
      if (ms <= 0) return Effect.sleep(ms)
      const own = { from, due: from + ms }
      trace.asleep.add(own)
      const woken = Effect.map(Clock.currentTimeMillis, (to) => noteWaking(trace, own, to))
      return Effect.ensuring(
        Effect.andThen(Effect.sleep(ms), woken),
        Effect.sync(() => void trace.asleep.delete(own))
      )
    })
  }

  /**
   * When a message comes, sleeps that were to end before its time must have ended. What is there at once (a signal that came before
   * it was asked for) is had without one, maybe between two sleeps that end together.
   */
  private heard<A, E, R>(what: string, effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> {
    return Effect.flatMap(Clock.currentTimeMillis, (from) =>
      Effect.tap(effect, () =>
        Effect.map(Clock.currentTimeMillis, (now) => {
          if (now !== from) noteMessage(this.trace, what, now)
        })
      )
    )
  }

  private note(id: number, always: boolean): Effect.Effect<void> {
    return Effect.sync(() => {
      this.trace.registered.push({ id, always })
    })
  }

  private look(now: number): number {
    this.trace.times.push(now)
    return now % 100_000
  }
}

/** Also by going on as the next generation. */
const interruptsItself = (term: Term): boolean => /"do":"interrupt"|"feature":"generations"/.test(JSON.stringify(term))

type Leaf = "add" | "random" | "clock" | "date" | "uuid" | "step" | "child" | "sleep" | "receive" | "fail" | "interrupt"

const sum = (numbers: ReadonlyArray<number>) => numbers.reduce((total, one) => total + one, 0)

const orElseMinusOne = <E, R>(effect: Effect.Effect<Option.Option<number>, E, R>) =>
  Effect.map(
    effect,
    Option.getOrElse(() => -1)
  )
