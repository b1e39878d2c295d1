import { expect } from "vitest"
import { Actor } from "../../src/actor/actor.ts"
import type { ActorOptions } from "../../src/actor/actorOptions.ts"
import type { AnyWorkflow } from "../../src/actor/definitions/definition.ts"
import { StepFailed } from "../../src/actor/errors.ts"
import type { Command, StepCommand } from "../../src/actor/history/command.ts"
import { type Message, messageKey, type StepMessage } from "../../src/actor/history/message.ts"
import type { Ending, Outcome } from "../../src/actor/history/outcome.ts"
import { stepFailedOutcome } from "../../src/actor/history/stepFailure.ts"
import { advance, replay, type Turn } from "../../src/actor/turn.ts"
import type { Json } from "../../src/actor/values/json.ts"
import { fromPayload } from "../../src/actor/values/payload.ts"

/** Failed outcomes whose stack says where the host stood are compared without it. */
export const readOutcome = (outcome: Ending | undefined) =>
  outcome === undefined ? undefined : { tag: outcome.tag, value: withoutStacks(fromPayload(outcome.payload)) }

const withoutStacks = (value: Json): Json =>
  JSON.parse(JSON.stringify(value, (key, part) => (key === "stack" ? undefined : part)))

export const succeeded = (value: Json): Outcome => ({ tag: "succeeded", payload: { json: JSON.stringify(value) } })
export const failed = (error: Json): Outcome => ({ tag: "failed", payload: { json: JSON.stringify(error) } })
export const broken = (step: string): Outcome =>
  stepFailedOutcome(new StepFailed({ message: "out of order", step, reason: "defect", attempts: 5 }))

/**
 * One run on a warm actor, driven by hand. After every turn the run is rebuilt from its history as well and must be the same,
 * so each test is a test of replay too.
 */
export class Bench {
  readonly options: ActorOptions
  readonly actor: Actor
  readonly inbox = new Map<string, Message>()
  readonly turns: Array<Turn> = []
  private readonly issued = new Map<string, Command>()
  private at = 1_000

  constructor(workflow: AnyWorkflow, options: Partial<ActorOptions> = {}) {
    this.options = { workflow, runId: "run-1", ...options }
    this.actor = new Actor(this.options)
  }

  get last(): Turn {
    return this.turns[this.turns.length - 1] as Turn
  }

  get outcome() {
    return readOutcome(this.actor.outcome)
  }

  /** Names of the commands that the last turn asked for, as `<kind> <key>`. */
  get commands(): ReadonlyArray<string> {
    return [...this.last.commands, ...this.last.inlineSteps].map(({ kind, key }) => `${kind} ${key}`)
  }

  /** What the workflow handed to a step. */
  inputOf(key: string): Json {
    return fromPayload((this.issued.get(`step ${key}`) as StepCommand).input)
  }

  /** `at`: epoch milliseconds. */
  start(input: Json = null, at = this.at): Turn {
    this.at = at
    return this.deliver({ ...this.startMessage(input), at })
  }

  startMessage(input: Json = null): Message {
    const { workflowName, version } = this.options.workflow
    const payload = { json: JSON.stringify(input) }
    return {
      kind: "start",
      at: 1_000,
      workflow: workflowName,
      definitionVersion: version,
      fingerprint: "",
      input: payload
    }
  }

  step(key: string, outcome: Outcome | Json = null): Turn {
    return this.deliver(this.stepMessage(key, outcome))
  }

  stepMessage(key: string, outcome: Outcome | Json = null): StepMessage {
    const command = this.issued.get(`step ${key}`) as StepCommand | undefined
    if (command === undefined)
      throw new Error(`step ${key} was not issued; there are ${[...this.issued.keys()].join(", ")}`)
    const at = ++this.at
    const inline = command.inline ? { inline: true as const } : {}
    const { fingerprint } = command
    return { kind: "step", at, key, fingerprint, outcome: asOutcome(outcome), attempts: 1, startedAt: at, ...inline }
  }

  child(key: string, outcome: Outcome | Json = null): Turn {
    const command = this.issued.get(`child ${key}`)
    if (command?.kind !== "child") throw new Error(`child ${key} was not issued`)
    const { fingerprint } = command
    return this.deliver({ kind: "child", at: ++this.at, key, fingerprint, outcome: asOutcome(outcome) })
  }

  timer(key: string): Turn {
    return this.deliver(this.timerMessage(key))
  }

  timerMessage(key: string): Message {
    const command = this.issued.get(`timer ${key}`)
    if (command?.kind !== "timer")
      throw new Error(`timer ${key} was not issued; there are ${[...this.issued.keys()].join(", ")}`)
    this.at = Math.max(this.at, command.due)
    return { kind: "timer", at: this.at, key, due: command.due }
  }

  signal(name: string, payload: Json, id = `id-${++this.at}`, correlation?: string): Turn {
    const target = correlation === undefined ? {} : { for: correlation }
    return this.deliver({
      kind: "signal",
      at: this.at,
      name,
      id,
      ...target,
      payload: { json: JSON.stringify(payload) }
    })
  }

  cancel(reason: string | null = null): Turn {
    return this.deliver({ kind: "cancel", at: ++this.at, reason })
  }

  deliver(...messages: ReadonlyArray<Message>): Turn {
    for (const message of messages)
      if (!this.inbox.has(messageKey(message))) this.inbox.set(messageKey(message), message)
    const turn = advance(this.actor, messages)
    for (const command of [...turn.commands, ...turn.inlineSteps])
      this.issued.set(`${command.kind} ${command.key}`, command)
    this.turns.push(turn)
    this.expectReplay()
    return turn
  }

  rebuilt(options: Partial<ActorOptions> = {}): Actor {
    return replay({ ...this.options, ...options }, this.last.history, this.inbox)
  }

  /** The same run under other code, which then goes on. */
  deployed(workflow: AnyWorkflow): Bench {
    const next = new Bench(workflow, { runId: this.options.runId })
    return Object.assign(next, {
      actor: this.rebuilt({ workflow }),
      inbox: this.inbox,
      turns: this.turns,
      issued: this.issued,
      at: this.at
    })
  }

  private expectReplay(): void {
    const { history, outcome, parked } = this.last
    if (parked !== undefined) return
    const cold = this.rebuilt()
    expect(cold.parked).toBeUndefined()
    expect(cold.order).toEqual(history.order)
    expect(readOutcome(cold.outcome)).toEqual(readOutcome(outcome))
    expect(cold.now).toBe(this.actor.now)
    expect(cold.waiting).toEqual(this.actor.waiting)
  }
}

const asOutcome = (value: Outcome | Json): Outcome =>
  typeof value === "object" && value !== null && "tag" in value && "payload" in value
    ? (value as unknown as Outcome)
    : succeeded(value as Json)
