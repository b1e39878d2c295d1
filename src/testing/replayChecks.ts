import { Actor } from "../actor/actor.ts"
import type { Outcome } from "../actor/outcome.ts"
import { emptyHistory, endReplay, type History, replay, replayPortion } from "../actor/turn.ts"
import { allFactors, type Factor, rounds, type Surroundings, within } from "./environment.ts"
import type { Recording } from "./schedule.ts"
import { type Commit, type RunState, retakeTurn, stateOf, type VirtualRun } from "./virtualRun.ts"

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
}

/** Turns of one run up to which it is rebuilt before each; of longer ones, before as many of them. */
const maxRebuilds = 50

/** Does every prefix of every history replay to the same commands, and does a rebuilt run take the same turns as a live one? */
export const findDivergence = (recording: Recording, between: Recording | undefined): Divergence | undefined => {
  for (const run of recording.engine.runs.values()) {
    const found =
      prefixDivergence(run, { changed: nothing, between }) ??
      anyDivergence(run, { changed: everything, between: undefined })
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
  return rebuiltDivergence(run, conditions)
}

const surroundingsOf = ({ changed, round = 0, onLook }: ReplayConditions, now: () => number): Surroundings => ({
  now,
  changed,
  round,
  ...(onLook === undefined ? {} : { onLook })
})

/** One replay from the beginning to the end, looked at after every commit. */
export const prefixDivergence = (run: VirtualRun, conditions: ReplayConditions): Divergence | undefined => {
  const { workflow, runId, commits, inbox } = run
  const actor = new Actor({ workflow, runId })
  const other = makeOther(conditions.between)
  let position = 0
  let now = 0
  const surroundings = surroundingsOf(conditions, () => now)
  const replayUpTo = (commit: Commit): RunState => {
    now = commit.now
    for (; position < commit.history.order.length; position++) {
      other?.()
      replayPortion(actor, commit.history.order.slice(position, position + 1), inbox)
    }
    endReplay(actor, commit.history)
    return stateOf(actor)
  }
  return within(surroundings, () => {
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
  const { workflow, runId, commits, inbox } = run
  const stride = Math.ceil(commits.length / maxRebuilds)
  for (const [index, commit] of commits.entries()) {
    if (index % stride !== 0 || commit.parked !== undefined) continue
    const before = commits[index - 1]
    const found = within(
      surroundingsOf({ ...conditions, round: index }, () => commit.now),
      () => {
        const actor = replay({ workflow, runId }, before?.history ?? emptyHistory, inbox)
        const rebuilt = before === undefined ? undefined : differenceOf(stateOf(actor), before)
        if (rebuilt !== undefined) return { runId, afterTurn: index - 1, difference: rebuilt }
        // A rebuilt actor asks again for inline steps without an outcome.
        actor.takeInlineSteps()
        const again = retakeTurn(actor, commit.passes)
        const difference = differenceOf(again, commit) ?? commandDifference(again, commit)
        return difference === undefined ? undefined : { runId, afterTurn: index, difference }
      }
    )
    if (found !== undefined) return found
  }
  return undefined
}

/** Another run of the same workflow, a message at a time. */
const makeOther = (recording: Recording | undefined) => {
  const run = recording?.engine.runs.values().next().value
  if (run === undefined) return undefined
  const { workflow, inbox } = run
  const { order } = run.history
  let actor = new Actor({ workflow, runId: "another" })
  let position = 0
  return () => {
    if (position >= order.length || actor.parked !== undefined) {
      actor = new Actor({ workflow, runId: "another" })
      position = 0
    }
    replayPortion(actor, order.slice(position, ++position), inbox)
  }
}

const sameHistory = (a: History, b: History): boolean =>
  JSON.stringify([a.order, a.open, a.abandoned]) === JSON.stringify([b.order, b.open, b.abandoned])

const differenceOf = (state: RunState, live: RunState): string | undefined => {
  if (state.parked !== undefined) return state.parked.message
  if (!sameHistory(state.history, live.history)) return openDifference(state.history, live.history)
  if (!sameOutcome(state.outcome, live.outcome))
    return `the run ends with ${showOutcome(state.outcome)}; live it was ${showOutcome(live.outcome)}`
  if (state.waitingSignals.join() !== live.waitingSignals.join())
    return `the run waits for ${list(state.waitingSignals)}; live it was ${list(live.waitingSignals)}`
  return undefined
}

const openDifference = (replayed: History, live: History): string => {
  const show = (history: History) => list(history.open.map(({ kind, key }) => `${kind} ${key}`))
  return `the run waits for ${show(replayed)}; live it was ${show(live)}`
}

const commandDifference = (again: Commit, live: Commit): string | undefined => {
  const show = (commit: Commit) => [...commit.commands, ...commit.inlineSteps]
  if (JSON.stringify(show(again)) === JSON.stringify(show(live))) return undefined
  const names = (commit: Commit) => list(show(commit).map(({ kind, key }) => `${kind} ${key}`))
  if (names(again) !== names(live)) return `the code issues ${names(again)}; live it was ${names(live)}`
  return `the code issues ${names(again)} with other content than live`
}

const list = (texts: ReadonlyArray<string>): string => (texts.length === 0 ? "nothing" : texts.join(", "))

const showOutcome = (outcome: Outcome | undefined): string =>
  outcome === undefined
    ? "nothing yet"
    : `${outcome.tag} ${"json" in outcome.payload ? outcome.payload.json : ""}`.slice(0, 200)

/** Stacks of defects show where the host's code stood, which differs between a live turn and a replay. */
const sameOutcome = (a: Outcome | undefined, b: Outcome | undefined): boolean => {
  if (a === undefined || b === undefined) return a === b
  return a.tag === b.tag && withoutStack(a) === withoutStack(b)
}

const withoutStack = ({ tag, payload }: Outcome): string => {
  if (!("json" in payload)) return payload.sha256
  if (tag !== "died") return payload.json
  return JSON.stringify(JSON.parse(payload.json), (key, value) => (key === "stack" ? undefined : value))
}
