import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as fc from "fast-check"
import { Actor } from "../../src/actor/actor.ts"
import type { AnyWorkflow } from "../../src/actor/definitions/definition.ts"
import type { Run } from "../../src/actor/definitions/run.ts"
import { defineStep } from "../../src/actor/definitions/step.ts"
import { defineWorkflow } from "../../src/actor/definitions/workflow.ts"
import type { AnsweredCommand } from "../../src/actor/history/command.ts"
import { type Message, messageKey } from "../../src/actor/history/message.ts"
import type { History } from "../../src/actor/turn.ts"

/**
 * Programs that do one thing after the other: simple enough to say, without asking the core, which commands they issue under
 * which keys.
 */
export type Action =
  | { readonly do: "step"; readonly name: string; readonly input: number }
  | { readonly do: "child"; readonly name: string; readonly input: number }
  | { readonly do: "sleep"; readonly ms: number }

const names = ["a", "b", "c"] as const
const step = fc.record({ do: fc.constant("step" as const), name: fc.constantFrom(...names), input: fc.nat(2) })
const child = fc.record({ do: fc.constant("child" as const), name: fc.constantFrom(...names), input: fc.nat(2) })
const sleep = fc.record({ do: fc.constant("sleep" as const), ms: fc.integer({ min: 1, max: 3 }) })

export const actions: fc.Arbitrary<Action> = fc.oneof({ weight: 3, arbitrary: step }, child, sleep)

const definitions = new Map(
  [...names, "d"].map((name) => {
    const types = { input: Schema.Number, output: Schema.Number }
    const run = () => Effect.succeed(0)
    return [name, { step: defineStep(name, { ...types, run }), child: defineWorkflow(name, { ...types, run }) }]
  })
)

const perform = (action: Action): Effect.Effect<unknown, never, Run> => {
  if (action.do === "sleep") return Effect.sleep(action.ms)
  const { step, child } = definitions.get(action.name) as NonNullable<ReturnType<typeof definitions.get>>
  return action.do === "step" ? step(action.input) : child.child(action.input)
}

export const sequence = (program: ReadonlyArray<Action>): AnyWorkflow =>
  defineWorkflow("sequence", {
    input: Schema.Null,
    output: Schema.Null,
    run: () => Effect.as(Effect.forEach(program, perform, { discard: true }), null)
  })

/** A program's commands as `<kind> <key>`, each with all that its answer depends on. */
export interface Named {
  readonly name: string
  readonly content: string
}

export const commandsOf = (program: ReadonlyArray<Action>): ReadonlyArray<Named> => {
  const counts = new Map<string, number>()
  return program.map((action) => {
    const stem = action.do === "sleep" ? `timer ${action.ms}ms` : `${action.do} ${action.name}`
    const occurrence = counts.get(stem) ?? 0
    counts.set(stem, occurrence + 1)
    return { name: `${stem}#${occurrence}`, content: action.do === "sleep" ? "" : String(action.input) }
  })
}

export const runId = "sequence-1"

const start: Message = {
  kind: "start",
  at: 1_000,
  workflow: "sequence",
  definitionVersion: "1",
  fingerprint: "start",
  input: { json: "null" }
}

/** History of a run of `program` in which `answered` commands have been answered and the next is open. */
export const historyOf = (program: ReadonlyArray<Action>, answered: number) => {
  const actor = new Actor({ workflow: sequence(program), runId })
  const messages: Array<Message> = [start]
  actor.deliver(start)
  for (let i = 0; i < answered; i++) {
    const [command] = actor.ledger.takeFresh() as ReadonlyArray<AnsweredCommand>
    const message = answer(command as AnsweredCommand, 1_000 + i)
    messages.push(message)
    actor.deliver(message)
  }
  const history: History = { order: [...actor.order], open: actor.ledger.openRecords(), abandoned: [] }
  return { history, messages: new Map(messages.map((message) => [messageKey(message), message])) }
}

export const answer = (command: AnsweredCommand, at: number): Message => {
  const { key, fingerprint } = command
  const outcome = { tag: "succeeded", payload: { json: "1" } } as const
  switch (command.kind) {
    case "timer":
      return { kind: "timer", at: command.due, key, due: command.due }
    case "child":
    case "await":
      return { kind: "child", at, key, fingerprint, outcome }
    case "callback":
      return { kind: "callback", at, key, id: "1", outcome }
    case "step":
      return { kind: "step", at, key, fingerprint, outcome, attempts: 1, startedAt: at }
  }
}
