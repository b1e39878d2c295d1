import * as Effect from "effect/Effect"
import { digest } from "../digest.ts"
import { Declined } from "../workload/feature.ts"
import type { RunStep } from "../workload/runStep.ts"
import { type TraceLine, Violation } from "../world/world.ts"
import { choicesOf } from "./choices.ts"
import type { HostSetup } from "./hostProcess.ts"
import { type Moment, Moments } from "./moments.ts"
import { deliveryOf, type Letter } from "./services.ts"
import { type SharedOptions, SharedServices } from "./shared.ts"
import type { SmallWorld } from "./smallWorlds.ts"
import type { Bounds, Choice, HostState, State } from "./state.ts"

/** A small world and its states. It chooses nothing: `choices` says what may be next, `follow` makes it so. */
export class ExploredWorld {
  readonly small: SmallWorld
  readonly bounds: Bounds
  readonly services: SharedServices
  readonly moments = new Moments()
  private readonly hosts: ReadonlyArray<HostSetup>

  constructor(small: SmallWorld, bounds: Bounds, options: SharedOptions = {}) {
    this.small = small
    this.bounds = bounds
    this.services = new SharedServices(small, options)
    const count = 1 + Math.max(...small.listeners, ...small.workers)
    this.hosts = Array.from({ length: count }, (_, index) => this.hostSetup(index))
  }

  get violation(): Violation | undefined {
    return this.services.world.violation
  }

  get trace(): ReadonlyArray<TraceLine> {
    return this.services.world.trace ?? []
  }

  violate(invariant: string, message: string): Violation {
    return this.services.world.violate(invariant, message)
  }

  first(): State {
    const { before, redeliveries, deadLetters } = this.small
    for (const { runId, row } of before) this.services.table.put(runId, row, "client")
    const hosts = this.hosts.map((host): HostState => this.begin(host, 1))
    return this.stateOf({ hosts, put: new Set(), redeliveries, deadLetters, crashes: 0 })
  }

  choices(state: State): ReadonlyArray<Choice> {
    return choicesOf(this.small, state, this.bounds)
  }

  /** Is it all right if nothing else happens? */
  isEnd(choices: ReadonlyArray<Choice>): boolean {
    return this.small.isMeanwhileOptional ? choices.every((choice) => choice.do === "put") : choices.length === 0
  }

  follow(state: State, choice: Choice): State {
    let after = state
    this.check(state, () => {
      after = this.stateOf(this.after(state, choice))
    })
    return after
  }

  /** What `look` throws is a violation. The services are as they are in this state when it begins. */
  check(state: State, look: () => void): void {
    this.services.load(state.shared)
    try {
      look()
    } catch (error) {
      this.services.forget()
      if (!(error instanceof Violation)) this.violate("world", error instanceof Error ? `${error.stack}` : `${error}`)
    }
  }

  /** For a timeline. What clients and the scheduler put tells of itself. */
  describe(state: State, choice: Choice): TraceLine | undefined {
    if (choice.do === "put" || choice.do === "fire") return undefined
    const { moment } = state.hosts[choice.host] as HostState
    return { at: moment.now, who: moment.host.name, what: this.deed(state, choice, moment) }
  }

  private deed(state: State, choice: Extract<Choice, { readonly host: number }>, moment: Moment): string {
    switch (choice.do) {
      case "crash":
        return this.bounds.comesBack ? "dies, and is there again" : "dies"
      case "wake":
        return "has slept"
      case "effect":
      case "answer": {
        const point = moment.requests.find(({ id }) => id === choice.request)?.point
        return choice.do === "effect" ? `calls ${point}` : `hears the answer of ${point}`
      }
      default: {
        const letter = state.shared.letters.get(choice.letter) as Letter
        const what = letter.message === undefined ? "the doorbell of" : letter.message.kind
        const often = letter.receives > 0 ? `, receipt ${letter.receives + 1}` : ""
        const how = choice.do === "dead" ? ", a dead letter" : often
        return `is handed ${what} ${letter.key} of ${letter.runId}${how}`
      }
    }
  }

  private after(state: State, choice: Choice): NextState {
    switch (choice.do) {
      case "put": {
        const { runId, row } = this.small.meanwhile[choice.index] as SmallWorld["meanwhile"][number]
        this.services.table.put(runId, row, "client")
        return { ...state, put: new Set(state.put).add(choice.index) }
      }
      case "fire":
        this.fire(state, choice.timer)
        return state
      case "ring":
      case "deliver":
      case "dead":
        return this.hand(state, choice.host, choice.letter, choice.do)
      case "effect":
        return this.effect(state, choice.host, choice.request)
      case "answer":
        return this.answer(state, choice.host, choice.request)
      case "wake": {
        const { moment } = state.hosts[choice.host] as HostState
        return this.moved(state, choice.host, { moment: this.moments.next(moment, { do: "wake" }, "wake") })
      }
      case "crash":
        return this.crash(state, choice.host)
    }
  }

  /** At some moment of the minute before it is due. */
  private fire(state: State, name: string): void {
    const timer = state.shared.timers.get(name)
    if (timer === undefined) return
    const { world, timers, table } = this.services
    const { runId, key, due } = timer
    world.now = due - 30_000
    timers.clear(timer)
    table.put(runId, { kind: "timer", at: world.now, key, due }, "scheduler")
  }

  private hand(state: State, host: number, id: string, how: "ring" | "deliver" | "dead"): NextState {
    const { moment } = state.hosts[host] as HostState
    const isHeld = state.shared.letters.get(id)?.holder !== undefined
    const letter = this.services.letters.take(id, holderOf(moment, moment.activities))
    const { message, runId, key, receives } = letter
    const next =
      message === undefined
        ? this.moments.next(moment, { do: "ring", runId, key }, `ring ${runId} ${key}`)
        : this.moments.next(
            moment,
            { do: "deliver", delivery: deliveryOf({ ...letter, message }), isDead: how === "dead" },
            `${how} ${id} ${receives}`
          )
    const moved = this.moved(state, host, { moment: next })
    if (how === "dead") return { ...moved, deadLetters: state.deadLetters - 1 }
    return isHeld ? { ...moved, redeliveries: state.redeliveries - 1 } : moved
  }

  private effect(state: State, host: number, id: number): NextState {
    const { moment, answers } = state.hosts[host] as HostState
    const request = moment.requests.find((one) => one.id === id)
    if (request === undefined) return state
    this.services.world.now = moment.now
    let value: unknown
    request.perform((answer) => {
      value = answer
    })
    const answer = { request: id, value, key: digest(JSON.stringify(value) ?? "") }
    const after = this.moved(state, host, { answers: [...answers, answer].sort((a, b) => a.request - b.request) })
    return this.bounds.isReduced ? this.answer(after, host, id) : after
  }

  private answer(state: NextState, host: number, id: number): NextState {
    const { moment, answers } = state.hosts[host] as HostState
    const answer = answers.find(({ request }) => request === id)
    if (answer === undefined) return state
    const { value, key } = answer
    const next = this.moments.next(moment, { do: "answer", request: id, value }, `${id} ${key}`)
    return this.moved(state, host, { moment: next, answers: answers.filter((one) => one !== answer) })
  }

  private crash(state: State, host: number): NextState {
    const { life, moment } = state.hosts[host] as HostState
    for (let place = 0; place < moment.activities; place++) {
      this.services.letters.letGo(holderOf(moment, place), true)
    }
    const fresh = this.begin(this.hosts[host] as HostSetup, life + 1)
    const after = { ...fresh, isGone: !this.bounds.comesBack }
    return { ...state, hosts: state.hosts.with(host, after), crashes: state.crashes + 1 }
  }

  private begin(host: HostSetup, life: number): HostState {
    return { life, isGone: false, moment: this.moments.begin(host, life), answers: [] }
  }

  /** The host in its present state. Messages and doorbells that it has finished with leave its hands. */
  private moved(state: NextState, host: number, changes: Partial<HostState>): NextState {
    const { letters, table } = this.services
    const before = state.hosts[host] as HostState
    const after = { ...before, ...changes }
    for (const place of after.moment.over) {
      if (!before.moment.over.includes(place)) letters.letGo(holderOf(after.moment, place), false)
    }
    const moment = this.moments.atRest(after.moment, (runId, key) => JSON.stringify(table.row(runId, key)))
    return { ...state, hosts: state.hosts.with(host, { ...after, moment }) }
  }

  private stateOf({ hosts, put, redeliveries, deadLetters, crashes }: NextState): State {
    const shared = this.services.save()
    const each = hosts.map(({ moment, isGone, answers }) =>
      [moment.number, isGone ? "gone" : "", ...answers.map(({ request, key }) => `${request}=${key}`)].join()
    )
    const key = digest([shared.key, ...each, [...put].sort().join(), redeliveries, deadLetters, crashes].join("|"))
    return { shared, hosts, put, redeliveries, deadLetters, crashes, key }
  }

  private hostSetup(index: number): HostSetup {
    const { services, small } = this
    const runStep: HostSetup["runStep"] = (life) => (name, _input, context) => {
      const key = context.idempotencyKey.slice(context.idempotencyKey.indexOf("/") + 1)
      const begin = () => services.stepBegins(name, context.runId, key)
      // Each execution has another outcome. If they were alike, two that were both accepted would look like one.
      const outcome = (count: number): ReturnType<RunStep> =>
        context.attempt <= (small.fails[key] ?? 0)
          ? Effect.fail(new Declined({ code: count }))
          : Effect.succeed(10 * count)
      return Effect.flatMap(Effect.orDie(services.world.call(life, `step ${key}`, begin)), outcome)
    }
    const onLog = (line: string) => services.invariants.logged(line)
    return { name: `host-${index + 1}`, index, services: services.of, runStep, onLog }
  }
}

type NextState = Omit<State, "key" | "shared">

const holderOf = ({ host, life }: Moment, place: number): string => `${host.name}/${life}/${place}`
