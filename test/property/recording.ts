import * as fc from "fast-check"
import { traced } from "../../simulation/workload/interpret.ts"
import { showTerm, type Term, terms } from "../../simulation/workload/programs.ts"
import type { Trace } from "../../simulation/workload/trace.ts"
import { Actor } from "../../src/actor/actor.ts"
import type { Command, StepCommand } from "../../src/actor/history/command.ts"
import { type Message, messageKey } from "../../src/actor/history/message.ts"
import type { Ending } from "../../src/actor/history/outcome.ts"
import { advance, emptyHistory, type History, replay, type Turn } from "../../src/actor/turn.ts"
import { World, type WorldStyle } from "./world.ts"

/** Takes a program through a simulated world to its end, and keeps all that was committed on the way. */
export interface Case {
  readonly term: Term
  readonly style: WorldStyle
}

export const cases: fc.Arbitrary<Case> = fc.record({
  term: terms,
  style: fc.record({
    seed: fc.nat(1_000_000),
    maxBatch: fc.integer({ min: 1, max: 4 }),
    signals: fc.nat(3),
    cancelBeforeTurn: fc.option(fc.nat(8), { freq: 2 }),
    lostTurns: fc.boolean()
  })
})

export const showCase = ({ term, style }: Case): string => `world ${JSON.stringify(style)}\nprogram ${showTerm(term)}`

/** What one commit made durable, and what the shell did for it. */
export interface Commit {
  /** Rows of earlier turns that the run has not adopted: a turn that rebuilds the run finds them in its inbox. */
  readonly heldBack: ReadonlyArray<Message>
  /** One list for each time that the turn was taken: the messages, then the outcomes of the inline steps it asked for, ... */
  readonly passes: ReadonlyArray<ReadonlyArray<Message>>
  readonly commands: ReadonlyArray<Command>
  readonly inlineSteps: ReadonlyArray<StepCommand>
  readonly history: History
  readonly outcome: Ending | undefined
  readonly parked: Turn["parked"]
  readonly now: number
  readonly waitingSignals: ReadonlyArray<string>
}

export interface Recording {
  readonly runId: string
  readonly inbox: ReadonlyMap<string, Message>
  readonly commits: ReadonlyArray<Commit>
  readonly trace: Trace
  readonly last: Commit
}

const maxTurns = 500

export const record = ({ term, style }: Case): Recording => {
  const { workflow, trace } = traced(term)
  const runId = `run-${style.seed}`
  const world = new World(style)
  const lost = (history: History) => replay({ workflow: traced(term).workflow, runId }, history, world.inbox)
  const commits = takeToEnd(world, new Actor({ workflow, runId }), lost)
  return { runId, inbox: world.inbox, commits, trace: trace(), last: commits[commits.length - 1] as Commit }
}

/** Turns until the run is over, or parked. `rebuild` makes the actors of turns that will not commit. */
const takeToEnd = (world: World, actor: Actor, rebuild: (history: History) => Actor): ReadonlyArray<Commit> => {
  const commits: Array<Commit> = []
  const delivered: Array<Message> = []
  let history = emptyHistory
  for (let turn = 0; turn < maxTurns; turn++) {
    const messages = world.nextBatch(turn) ?? compact(world.signalFor(actor))
    if (messages.length === 0)
      throw new Error(`the run waits for nothing that the world owes it: ${JSON.stringify(actor.waiting)}`)
    if (world.losesTurn()) loseTurn(rebuild(history), world, messages)
    const heldBack = delivered.filter((message) => !actor.hasAdopted(messageKey(message)))
    const commit = takeTurn(actor, messages, (step) => world.runInline(step))
    commits.push({ ...commit, heldBack })
    delivered.push(...commit.passes.flat())
    if (commit.outcome !== undefined || commit.parked !== undefined) return commits
    world.accept(commit.commands)
    history = commit.history
  }
  throw new Error(`the run has not ended after ${maxTurns} turns: ${JSON.stringify(actor.waiting)}`)
}

/** One turn as a shell takes it: until no inline step is left to run. */
const takeTurn = (
  actor: Actor,
  messages: ReadonlyArray<Message>,
  runInline: (step: StepCommand) => Message
): Commit => {
  const passes: Array<ReadonlyArray<Message>> = []
  const commands: Array<Command> = []
  const inlineSteps: Array<StepCommand> = []
  let next = messages
  for (;;) {
    const turn = advance(actor, next)
    passes.push(next)
    commands.push(...turn.commands)
    inlineSteps.push(...turn.inlineSteps)
    if (turn.inlineSteps.length === 0) return commitOf(actor, turn, passes, commands, inlineSteps)
    next = turn.inlineSteps.map(runInline)
  }
}

/** The same turn over again with its inline outcomes known, as `passes` has them. */
export const retakeTurn = (actor: Actor, passes: ReadonlyArray<ReadonlyArray<Message>>): Commit => {
  const commands: Array<Command> = []
  const inlineSteps: Array<StepCommand> = []
  let turn: Turn | undefined
  for (const messages of passes) {
    turn = advance(actor, messages)
    commands.push(...turn.commands)
    inlineSteps.push(...turn.inlineSteps)
  }
  return commitOf(actor, turn as Turn, passes, commands, inlineSteps)
}

const commitOf = (
  actor: Actor,
  turn: Turn,
  passes: ReadonlyArray<ReadonlyArray<Message>>,
  commands: ReadonlyArray<Command>,
  inlineSteps: ReadonlyArray<StepCommand>
): Commit => ({
  heldBack: [],
  passes,
  commands,
  inlineSteps,
  // A copy: the order of a warm actor goes on growing.
  history: { ...turn.history, order: [...turn.history.order] },
  outcome: turn.outcome,
  parked: turn.parked,
  now: actor.now,
  waitingSignals: actor.waiting.signals
})

/** A turn that runs its inline steps, whose rows then stand, and does not commit. It met the messages in another order. */
const loseTurn = (actor: Actor, world: World, messages: ReadonlyArray<Message>): void => {
  for (const step of advance(actor, [...messages].reverse()).inlineSteps) world.runInlineInVain(step)
}

const compact = <A>(value: A | undefined): ReadonlyArray<A> => (value === undefined ? [] : [value])
