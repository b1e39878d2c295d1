import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Tracer from "effect/Tracer"
import type { Actor } from "../../../actor/actor.ts"
import { placeInTrace } from "../../../actor/history/continuation.ts"
import { labelsOf } from "../../../actor/history/generation.ts"
import { type Message, messageTime, type StartMessage, traceOf } from "../../../actor/history/message.ts"
import { readTraceparent, writeTraceparent } from "../../../actor/values/traceparent.ts"
import type { HeadCommit } from "../../../store/commits.ts"
import { instruments } from "../../../store/telemetry/instruments.ts"
import { beginSpan, endSpan, inSpan } from "../../../store/telemetry/tracing.ts"
import { countPlaces, placesGivenBy } from "./countPlaces.ts"

/** How the actor of a turn came to be: it was in memory, it was rebuilt from history, or its run begins. */
export type ActorOrigin = "warm" | "replayed" | "new"

export interface TurnFacts {
  readonly services: Context.Context<never>
  readonly tracer: Tracer.Tracer | undefined
  readonly actor: Actor
  readonly origin: ActorOrigin
  /** Rows that the turn has before it. */
  readonly rows: ReadonlyArray<Message>
  /** Messages that the head has adopted. */
  readonly adopted: number
  /** When the turn began, before anything was read. */
  readonly begunAt: bigint
}

/** One attempt at a turn: its place in the run's trace, and what it counts. A turn without rows is a look, and is told to nobody. */
export class TurnTelling {
  private readonly facts: TurnFacts
  private readonly clock: Clock.Clock
  readonly span: Tracer.Span | undefined
  /** Before it. */
  private readonly placesGiven: number | undefined
  private commit: HeadCommit | undefined
  private isLost = false

  constructor(facts: TurnFacts) {
    this.facts = facts
    this.clock = Context.get(facts.services, Clock.Clock)
    this.placesGiven = placesGivenBy(facts.actor)
    this.span = facts.rows.length > 0 && facts.tracer !== undefined ? this.begin(facts.tracer) : undefined
  }

  /** For what the turn asks of the world. Without a tracer here, where the run belongs: others may have one. */
  get trace(): string | undefined {
    return this.span === undefined ? this.start?.trace : writeTraceparent(this.span)
  }

  /** What a commit holds that is about to be made. */
  commits(commit: HeadCommit): void {
    this.commit = commit
  }

  conflict(): void {
    this.isLost = true
    instruments.conflicts.add(this.facts.services, 1, this.workflow)
    this.span?.attribute("dynactor.conflict", true)
  }

  /** The turn itself, within its span: log lines name it. */
  within<A, E, R>(span: Tracer.Span, turn: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> {
    const { clock } = this
    const place = Effect.updateContext(turn, (context: Context.Context<R>) => inSpan(context, span))
    return Effect.onExit(place, (exit) =>
      Effect.sync(() => {
        this.count()
        this.describe(span)
        endSpan(
          span,
          clock,
          exit._tag === "Failure" ? "the store is away, or has refused what the turn wrote" : undefined
        )
      })
    )
  }

  /** Of a turn that is through. */
  count(): void {
    const { actor, begunAt, origin, rows, services } = this.facts
    if (rows.length === 0) return
    this.countLag()
    const { commit } = this
    const { placesGiven } = this
    if (commit !== undefined && !this.isLost)
      countPlaces(services, actor, placesGiven, this.clock.currentTimeMillisUnsafe())
    instruments.turns.add(services, 1, this.workflow, origin)
    instruments.turnMs.add(services, Number(this.clock.currentTimeNanosUnsafe() - begunAt) / 1e6, this.workflow)
  }

  private get workflow(): string {
    return this.facts.actor.workflow.workflowName
  }

  private get start(): StartMessage | undefined {
    const { actor, rows } = this.facts
    return actor.start ?? rows.find((row): row is StartMessage => row.kind === "start")
  }

  private begin(tracer: Tracer.Tracer): Tracer.Span | undefined {
    const { actor, begunAt, origin, rows } = this.facts
    const { start } = this
    // A run without a start has no turn.
    if (start === undefined) return undefined
    const { generation = 0, run } = labelsOf(actor.runId)
    return beginSpan(tracer, "dynactor.turn", {
      parent: placeInTrace(actor.runId, start),
      kind: "consumer",
      startTime: begunAt,
      links: linksOf(rows),
      attributes: {
        "dynactor.run": run,
        "dynactor.workflow": this.workflow,
        "dynactor.generation": generation,
        "dynactor.actor": origin
      }
    })
  }

  private describe(span: Tracer.Span): void {
    const { actor, adopted } = this.facts
    const { commit } = this
    span.attribute("dynactor.adopted", actor.order.length - adopted)
    span.attribute("dynactor.commands", commit === undefined ? 0 : countCommands(commit))
    if (actor.outcome !== undefined) span.attribute("dynactor.outcome", actor.outcome.tag)
    if (actor.parkReason !== undefined) span.attribute("dynactor.parked", actor.parkReason._tag)
  }

  private countLag(): void {
    const { begunAt, rows, services } = this.facts
    const now = Math.floor(Number(begunAt) / 1e6)
    let oldest = now
    // An outcome of an inline step may be left of a turn that lost its race, and wait for its command for ever.
    for (const row of rows) if (row.kind !== "step" || row.inline !== true) oldest = Math.min(oldest, messageTime(row))
    instruments.turnLagMs.add(services, now - oldest, this.workflow)
  }
}

const countCommands = ({ notices, steps, timers }: HeadCommit): number => notices.length + steps.length + timers.length

/** What was sent from another place of a trace, or from another trace, is linked: a run has one parent, which is what has started it. */
const linksOf = (rows: ReadonlyArray<Message>): Array<Tracer.SpanLink> => {
  const links: Array<Tracer.SpanLink> = []
  for (const row of rows) {
    if (row.kind === "start" || links.length >= mostLinks) continue
    const span = readTraceparent(traceOf(row))
    if (span !== undefined) links.push({ span, attributes: { "dynactor.message": row.kind } })
  }
  return links
}

const mostLinks = 32
