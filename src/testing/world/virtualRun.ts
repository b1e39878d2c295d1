import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import { Actor } from "../../actor/actor.ts"
import type { AnyWorkflow } from "../../actor/definitions/definition.ts"
import { HistoryTooLong, type ParkReason } from "../../actor/errors.ts"
import type { Command, StepCommand } from "../../actor/history/command.ts"
import { carriedRows, type Handover, nextStart } from "../../actor/history/continuation.ts"
import type { Head } from "../../actor/history/head.ts"
import {
  isCancelling,
  type Message,
  messageKey,
  type ParentLink,
  type RestartMessage,
  type StartMessage
} from "../../actor/history/message.ts"
import type { Ending, Outcome } from "../../actor/history/outcome.ts"
import type { EmittedValues } from "../../actor/history/output/emitted.ts"
import type { Reply } from "../../actor/history/reply.ts"
import { handoverTo } from "../../actor/history/restarting/restarts.ts"
import type { Tags } from "../../actor/tags/tags.ts"
import { advance, emptyHistory, type History, type Turn } from "../../actor/turn.ts"
import type { Notice } from "../../store/commits.ts"
import type { Receiver } from "../../store/judgeNotice.ts"
import { lastNotices, statusOf } from "../../streams/commits/rowsForOthers.ts"
import { SeededNumbers } from "../draws/seededNumbers.ts"
import { within } from "../surroundings/environment.ts"
import type { Surroundings } from "../surroundings/surroundings.ts"

/** Where a run stands after a commit: all that a rebuilt run must come to again. */
export interface RunState {
  readonly history: History
  readonly outcome: Ending | undefined
  readonly parked: ParkReason | undefined
  readonly now: number
  readonly waitingSignals: ReadonlyArray<string>
  readonly states: PublishedStates
}

type PublishedStates = Actor["states"]["all"]

/** What one turn was given, and what it came to. */
export interface Commit extends RunState {
  /** One list for each time that the turn was taken: the messages, then outcomes of the inline steps that it asked for, ... */
  readonly passes: ReadonlyArray<ReadonlyArray<Message>>
  readonly commands: ReadonlyArray<Command>
  readonly inlineSteps: ReadonlyArray<StepCommand>
  /** Answers to updates. */
  readonly replies: ReadonlyArray<Reply>
  /** To output streams. */
  readonly emitted: ReadonlyArray<EmittedValues>
}

export type RunInline = (step: StepCommand) => Message | Promise<Message>

/** Inline steps that one message may set off, one after another. No host would be given so long for a turn. */
const maxPasses = 5_000

const endlessTurn = (actor: Actor): ParkReason =>
  new HistoryTooLong({
    messages: actor.order.length,
    message: `one message set off more than ${maxPasses} inline steps, one after another: an endless loop, or work for steps that are not inline`
  })

/** One live run: a warm actor, its inbox, and all that it has committed. */
export class VirtualRun {
  readonly workflow: AnyWorkflow
  readonly runId: string
  /** The run that was started from outside: this one, or the one whose child it is, at however many removes. */
  readonly rootRunId: string
  readonly inbox = new Map<string, Message>()
  readonly commits: Array<Commit> = []
  /** Where workflow code has begun async calls that went on after the turn. */
  readonly strays = new Set<string>()
  readonly luck: number
  private actor: Actor
  /** Its workflow, as it is run here. */
  private readonly body: AnyWorkflow
  private readonly isReplayed: boolean
  private hung: ParkReason | undefined
  private forced: Ending | undefined
  /** Its last head, where the run has gone on in its next generation from an earlier message. */
  left: Head | undefined
  /** Starts that it was asked for while it was parked: they come when it has ended. */
  readonly askedWhileParked: Array<Message> = []
  /** Of its body: its outcome has not all that is in it. */
  exit: Exit.Exit<unknown, unknown> | undefined
  /** What the body has published, as of the last commit. */
  states: PublishedStates = []
  /** Answers to updates, by name and id. */
  readonly replies = new Map<string, Reply>()
  private readonly surroundings: Surroundings

  /** Of a run that nobody replays only the last commit is kept: a year of them is more than memory holds. */
  constructor(workflow: AnyWorkflow, runId: string, rootRunId: string, isReplayed = true, luck = 0) {
    this.luck = luck
    this.isReplayed = isReplayed
    this.workflow = workflow
    this.runId = runId
    this.rootRunId = rootRunId
    this.body = this.noting(workflow)
    this.actor = new Actor({ workflow: this.body, runId })
    this.surroundings = {
      now: () => this.actor.now,
      changed: new Set(),
      luck,
      draws: drawsOf(this),
      onStray: (place) => void this.strays.add(place)
    }
  }

  private noting(workflow: AnyWorkflow): AnyWorkflow {
    const note = (exit: Exit.Exit<unknown, unknown>) => {
      this.exit = exit
    }
    return {
      ...workflow,
      body: (input) => {
        const body = workflow.body(input)
        // The core refuses a body that returned no Effect.
        return Effect.isEffect(body) ? Effect.onExit(body, (exit) => Effect.sync(() => note(exit))) : body
      }
    }
  }

  get outcome(): Ending | undefined {
    return this.forced ?? this.actor.outcome
  }

  get start(): StartMessage | undefined {
    const row = this.inbox.get("start")
    return row?.kind === "start" ? row : undefined
  }

  /** Logical times. */
  get startedAt(): number {
    return this.actor.startedAt
  }

  get now(): number {
    return this.actor.now
  }

  /**
   * Before its first turn: it is this actor, or cannot go on. `load` has code run by the other function that it is given, at a time when the wall clock shows
   * `at`.
   */
  beginAs(
    at: number,
    load: (workflow: AnyWorkflow, within: (code: () => undefined) => undefined) => Actor | ParkReason
  ): void {
    const surroundings = { ...this.surroundings, now: () => at }
    const loaded = load(this.body, (code) => within(surroundings, code))
    if (loaded instanceof Actor) this.actor = loaded
    else this.actor.parked = loaded
  }

  /** The run goes on in its next generation, from an earlier message. */
  leave(head: Head): void {
    this.left = head
    this.forced = head.outcome
  }

  /** It ends as it stands: its code is not asked. */
  terminate(outcome: Outcome): void {
    this.forced = outcome
  }

  /**
   * What the next generation of the run begins with, in this order; undefined: this one is not left behind. `asked`: the start that one which has ended was
   * asked for.
   */
  nextRows(at: number, asked?: RestartMessage): ReadonlyArray<Message> | undefined {
    const { now, runId, start, startedAt, tags } = this.actor
    const handover = asked === undefined ? this.handover : handoverTo(asked, [], [])
    if (handover === undefined) return undefined
    const { next, unread } = handover
    const since = start?.continues?.since
    const before = {
      startedAt,
      updatedAt: now,
      ...(start?.parent === undefined ? {} : { parent: start.parent }),
      ...(since === undefined ? {} : { since }),
      ...(tags.all === undefined ? {} : { tags: tags.all })
    }
    return [nextStart(runId, next, before, at, start?.trace), ...carriedRows(unread)]
  }

  private get handover(): Handover | undefined {
    const { handover, order, program, restarts } = this.actor
    return this.forced === undefined ? handover : restarts.handover(order, program.unread)
  }

  get parked(): ParkReason | undefined {
    if (this.forced !== undefined) return undefined
    return this.actor.parked ?? this.hung
  }

  get isOver(): boolean {
    return this.outcome !== undefined || this.parked !== undefined
  }

  /** One that is stuck takes a cancellation all the same. */
  takes(message: Message): boolean {
    if (!this.isOver) return true
    return isCancelling(message) && this.outcome === undefined && this.hung === undefined && this.actor.endsByCancel
  }

  get tags(): Tags {
    return this.actor.tags.all ?? {}
  }

  get waiting() {
    return this.actor.waiting
  }

  get unread() {
    return this.actor.signals.unreadCounts()
  }

  get history(): History {
    return this.commits.at(-1)?.history ?? emptyHistory
  }

  /** Put if absent; answers with the row that is there. */
  put(message: Message): Message {
    const key = messageKey(message)
    const found = this.inbox.get(key)
    if (found !== undefined) return found
    this.inbox.set(key, message)
    return message
  }

  /** What others are told of it that send it something. */
  asReceiver(parent: ParentLink | undefined): NonNullable<Receiver["head"]> {
    const { outcome, workflow } = this
    return {
      workflow: workflow.workflowName,
      status: outcome === undefined ? "running" : statusOf(outcome),
      ...(outcome === undefined ? {} : { outcome }),
      ...(parent === undefined ? {} : { parent })
    }
  }

  lastNotices(start: StartMessage, outcome: Ending, at: number): ReadonlyArray<Notice> {
    return lastNotices(this.actor, start, outcome, at)
  }

  /** One turn as a host takes it: until no inline step is left to run. */
  async turn(messages: ReadonlyArray<Message>, runInline: RunInline): Promise<Commit> {
    const passes: Array<ReadonlyArray<Message>> = []
    const commands: Array<Command> = []
    const inlineSteps: Array<StepCommand> = []
    let next = messages
    for (;;) {
      const given = next
      const turn = within(this.surroundings, () => advance(this.actor, given))
      passes.push(given)
      commands.push(...turn.commands)
      inlineSteps.push(...turn.inlineSteps)
      if (passes.length > maxPasses) this.hung = endlessTurn(this.actor)
      if (turn.inlineSteps.length === 0 || this.hung !== undefined) {
        const answered = this.actor.updates.takeReplies()
        const said = this.actor.emits.take()
        const parked = this.parked
        const replies = parked === undefined ? answered : []
        const emitted = parked === undefined ? said : []
        const commit = { ...stateAfter(this.actor, turn), parked, passes, commands, inlineSteps, replies, emitted }
        if (parked === undefined) this.states = commit.states
        for (const reply of replies) this.replies.set(`${reply.name}/${reply.id}`, reply)
        if (!this.isReplayed) this.commits.length = 0
        this.commits.push(commit)
        return commit
      }
      const rows: Array<Message> = []
      for (const step of turn.inlineSteps) {
        const row = runInline(step)
        rows.push(this.put(row instanceof Promise ? await row : row))
      }
      next = rows
    }
  }
}

/** What a run draws that takes hold of `Math.random`: the same in a replay, if nothing is changed. */
export const drawsOf = ({ runId, luck }: VirtualRun): SeededNumbers => {
  let hash = luck
  for (const character of runId) hash = Math.imul(hash ^ character.charCodeAt(0), 0x01000193)
  return new SeededNumbers(hash)
}

/** The same turn over again, with its inline outcomes known. */
export const retakeTurn = (actor: Actor, passes: ReadonlyArray<ReadonlyArray<Message>>): Commit => {
  const commands: Array<Command> = []
  const inlineSteps: Array<StepCommand> = []
  let turn: Turn | undefined
  for (const messages of passes) {
    turn = advance(actor, messages)
    commands.push(...turn.commands)
    inlineSteps.push(...turn.inlineSteps)
  }
  const replies = actor.updates.takeReplies()
  const emitted = actor.emits.take()
  return { ...stateAfter(actor, turn as Turn), passes, commands, inlineSteps, replies, emitted }
}

export const stateOf = (actor: Actor): RunState => ({
  history: { order: [...actor.order], open: actor.ledger.openRecords(), abandoned: actor.ledger.abandonedRecords() },
  outcome: actor.outcome,
  parked: actor.parked,
  now: actor.now,
  waitingSignals: actor.waiting.signals,
  states: actor.states.all
})

const stateAfter = (actor: Actor, turn: Turn): RunState => ({
  // A copy: the order of a warm actor goes on growing.
  history: { ...turn.history, order: [...turn.history.order] },
  outcome: turn.outcome,
  parked: turn.parked,
  now: actor.now,
  waitingSignals: actor.waiting.signals,
  states: actor.states.all
})
