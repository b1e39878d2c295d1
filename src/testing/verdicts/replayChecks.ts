import { Actor } from "../../actor/actor.ts"
import type { AnyWorkflow } from "../../actor/definitions/definition.ts"
import type { CommandRecord } from "../../actor/history/command.ts"
import type { Ending } from "../../actor/history/outcome.ts"
import { endReplay, type History, replayPortion } from "../../actor/turn.ts"
import { shorten } from "../reports/text.ts"
import { within } from "../surroundings/environment.ts"
import { allFactors, type Factor, rounds, type Surroundings } from "../surroundings/surroundings.ts"
import type { Recording } from "../world/schedule.ts"
import { type Commit, drawsOf, type RunState, retakeTurn, stateOf, type VirtualRun } from "../world/virtualRun.ts"
import type { Reloaded } from "./problem.ts"

/** A replay that comes to something else than the live run did. */
export interface Divergence {
  readonly runId: string
  /** Commits of the live run that were replayed; the next turn, or the replay itself, differs. */
  readonly afterTurn: number
  /** What is different, in a sentence. */
  readonly difference: string
}

export interface ReplayConditions {
  readonly changed: ReadonlySet<Factor>
  /** Another run of the workflow, replayed in between, as it would be by a host that has many. */
  readonly between: Recording | undefined
  /** How what is changed is changed: see `Surroundings`. */
  readonly round?: number
  readonly onLook?: Surroundings["onLook"]
  /** What replays it. Default: the workflow that was run. */
  readonly workflow?: AnyWorkflow
}

/** Messages and commands that all rebuilds of one run may come to: 30 turns of a step each are all rebuilt before, of longer or wider runs fewer. */
const maxReplayed = 1_000

/** Does every prefix of every history replay to the same commands, and does a rebuilt run take the same turns as a live one? */
export const findDivergence = (
  recording: Recording,
  between: Recording | undefined,
  reloaded: ReadonlyArray<Reloaded>
): Divergence | undefined => {
  for (const run of recording.engine.runs.values()) {
    const found =
      prefixDivergence(run, { changed: nothing, between }) ??
      anyDivergence(run, { changed: everything, between: undefined })
    if (found !== undefined) return found
  }
  return reloadedDivergence(recording, reloaded)
}

/** The history of one process, replayed by others. */
export const reloadedDivergence = (
  { engine, runId }: Recording,
  reloaded: ReadonlyArray<Reloaded>
): Divergence | undefined => {
  for (const { workflow } of reloaded) {
    const found = prefixDivergence(engine.run(runId), { changed: nothing, between: undefined, workflow })
    if (found !== undefined) return found
  }
  return undefined
}

const nothing: ReadonlySet<Factor> = new Set()
const everything: ReadonlySet<Factor> = new Set(allFactors)

/** By every way of replaying, under some conditions. */
export const anyDivergence = (run: VirtualRun, conditions: ReplayConditions): Divergence | undefined => {
  for (let round = 0; round < rounds; round++) {
    const found = prefixDivergence(run, { ...conditions, round })
    if (found !== undefined) return found
  }
  return rebuiltDivergence(run, { ...conditions, changed: onlyCheap(conditions.changed) })
}

/** Another zone or locale costs more than a turn. Whole replays have seen all code under them. */
const onlyCheap = (changed: ReadonlySet<Factor>): ReadonlySet<Factor> =>
  new Set([...changed].filter((factor) => factor !== "timeZone" && factor !== "locale"))

/** As the live turns had it, the wall clock shows the time of the message at hand. */
const surroundingsOf = (
  { changed, round = 0, onLook }: ReplayConditions,
  run: VirtualRun,
  actor: Actor
): Surroundings => ({
  now: () => actor.now,
  changed,
  round,
  luck: run.luck,
  draws: drawsOf(run),
  ...(onLook === undefined ? {} : { onLook })
})

/** One replay from the beginning to the end, looked at after every commit. */
export const prefixDivergence = (run: VirtualRun, conditions: ReplayConditions): Divergence | undefined => {
  const { runId, commits, inbox } = run
  const actor = new Actor({ workflow: conditions.workflow ?? run.workflow, runId })
  const replayAnother = makeAnother(conditions.between, run)
  let position = 0
  const replayUpTo = ({ history }: Commit): RunState => {
    for (; position < history.order.length; position++) {
      replayAnother(position)
      replayPortion(actor, history.order.slice(position, position + 1), inbox)
    }
    endReplay(actor, history)
    return stateOf(actor)
  }
  return within(surroundingsOf(conditions, run, actor), () => {
    for (const [index, commit] of commits.entries()) {
      if (commit.parked !== undefined) return undefined
      const difference = differenceOf(replayUpTo(commit), commit)
      if (difference !== undefined) return { runId, afterTurn: index, difference }
    }
    return undefined
  })
}

/** Rebuilt from history before each turn, and then taking it. */
export const rebuiltDivergence = (run: VirtualRun, conditions: ReplayConditions): Divergence | undefined => {
  const { commits } = run
  let [issued, replayed] = [0, 0]
  for (const { history, commands, inlineSteps } of commits) {
    issued += commands.length + inlineSteps.length
    replayed += history.order.length + issued
  }
  const stride = Math.ceil(replayed / maxReplayed)
  for (let index = 0; index < commits.length; index += stride) {
    const found = rebuiltBefore(run, index, { ...conditions, round: index })
    if (found !== undefined) return found
  }
  return undefined
}

const rebuiltBefore = (run: VirtualRun, index: number, conditions: ReplayConditions): Divergence | undefined => {
  const { workflow, runId, commits, inbox } = run
  const [before, commit] = [commits[index - 1], commits[index]]
  if (commit === undefined || commit.parked !== undefined) return undefined
  const actor = new Actor({ workflow, runId })
  return within(surroundingsOf(conditions, run, actor), () => {
    if (before !== undefined) {
      replayPortion(actor, before.history.order, inbox)
      endReplay(actor, before.history)
      const rebuilt = differenceOf(stateOf(actor), before)
      if (rebuilt !== undefined) return { runId, afterTurn: index - 1, difference: rebuilt }
    }
    // A rebuilt actor asks again for inline steps without an outcome.
    actor.takeInlineSteps()
    const again = retakeTurn(actor, commit.passes)
    const difference = differenceOf(again, commit) ?? commandDifference(again, commit)
    return difference === undefined ? undefined : { runId, afterTurn: index, difference }
  })
}

/** All of another run of the same workflow, between two messages of `run`; of a long one, between as many as there is time for. */
const makeAnother = (recording: Recording | undefined, run: VirtualRun): ((position: number) => void) => {
  const another = recording?.engine.newest(recording.runId)
  if (another === undefined || another.workflow !== run.workflow) return () => {}
  const { order } = another.history
  const stride = Math.ceil((run.history.order.length * order.length) / 500)
  return (position) => {
    if (position % stride === 0)
      replayPortion(new Actor({ workflow: another.workflow, runId: "another" }), order, another.inbox)
  }
}

/** Asked after every message of every replay: of a wide run, texts of both would take longer than the replay. */
const sameHistory = (a: History, b: History): boolean =>
  a.order.length === b.order.length &&
  a.order.every((entry, index) => entry === b.order[index]) &&
  sameRecords(a.open, b.open) &&
  sameRecords(a.abandoned, b.abandoned)

const sameRecords = (a: ReadonlyArray<CommandRecord>, b: ReadonlyArray<CommandRecord>): boolean =>
  a.length === b.length &&
  a.every(({ kind, key, fingerprint }, index) => {
    const other = b[index]
    return other?.key === key && other.kind === kind && other.fingerprint === fingerprint
  })

const differenceOf = (state: RunState, live: RunState): string | undefined => {
  if (state.parked !== undefined) return state.parked.message
  if (!sameHistory(state.history, live.history)) return openDifference(state.history, live.history)
  if (!sameOutcome(state.outcome, live.outcome))
    return `the run ends with ${showOutcome(state.outcome)}; live it was ${showOutcome(live.outcome)}`
  if (state.waitingSignals.join() !== live.waitingSignals.join())
    return `the run waits for ${list(state.waitingSignals)}; live it was ${list(live.waitingSignals)}`
  const published = showStates(state)
  if (published !== showStates(live)) return `the run publishes ${published}; live it was ${showStates(live)}`
  return undefined
}

const showStates = ({ states }: RunState): string =>
  states.length === 0 ? "nothing" : states.map(({ name, payload }) => `${name} ${payload.json}`).join(", ")

const showReplies = ({ replies }: Commit): string =>
  list(replies.map(({ name, outcome }) => `update ${name} (${outcome.tag})`))

const showEmitted = ({ emitted }: Commit): string =>
  list(emitted.map(({ stream, values }) => `${shorten(values.join(", "), 200)} to stream ${stream}`))

const openDifference = (replayed: History, live: History): string => {
  const show = (history: History) => list(history.open.map(({ kind, key }) => `${kind} ${key}`))
  return `the run waits for ${show(replayed)}; live it was ${show(live)}`
}

const commandDifference = (again: Commit, live: Commit): string | undefined => {
  if (JSON.stringify(again.replies) !== JSON.stringify(live.replies))
    return `the run answers ${showReplies(again)}; live it was ${showReplies(live)}`
  if (JSON.stringify(again.emitted) !== JSON.stringify(live.emitted))
    return `the run emits ${showEmitted(again)}; live it was ${showEmitted(live)}`
  const show = (commit: Commit) => [...commit.commands, ...commit.inlineSteps]
  if (JSON.stringify(show(again)) === JSON.stringify(show(live))) return undefined
  const names = (commit: Commit) => list(show(commit).map(({ kind, key }) => `${kind} ${key}`))
  if (names(again) !== names(live)) return `the code issues ${names(again)}; live it was ${names(live)}`
  return `the code issues ${names(again)} with other content than live`
}

const list = (texts: ReadonlyArray<string>): string => (texts.length === 0 ? "nothing" : texts.join(", "))

const showOutcome = (outcome: Ending | undefined): string =>
  outcome === undefined
    ? "nothing yet"
    : `${outcome.tag} ${"json" in outcome.payload ? outcome.payload.json : ""}`.slice(0, 200)

/** Stacks of defects show where the host's code stood, which differs between a live turn and a replay. */
const sameOutcome = (a: Ending | undefined, b: Ending | undefined): boolean => {
  if (a === undefined || b === undefined) return a === b
  return a.tag === b.tag && withoutStack(a) === withoutStack(b)
}

const withoutStack = ({ tag, payload }: Ending): string => {
  if (!("json" in payload)) return payload.sha256
  if (tag !== "died") return payload.json
  return JSON.stringify(JSON.parse(payload.json), (key, value) => (key === "stack" ? undefined : value))
}
