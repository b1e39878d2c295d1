import * as fc from "fast-check"
import { amidCopies, type DeletionPlan, deletions } from "./deletions/deletionPlan.ts"
import { KeepAll } from "./keepAll.ts"
import { type CopyPlan, isCopiedBy, withCopies } from "./workload/copyPlan.ts"
import { draws } from "./workload/drawn/draws.ts"
import type { Feature } from "./workload/feature.ts"
import { isLimited } from "./workload/features/limits.ts"
import { takesItsTime } from "./workload/features/steps.ts"
import { drawnFeatures } from "./workload/features.ts"
import { carries } from "./workload/large/sizes.ts"
import { type OrderPlan, orders } from "./workload/orderPlan.ts"
import { type FeatureTerm, type SignalName, signalNames, type Term, termsOf } from "./workload/programs.ts"
import { all, longProgram, scenarios, seq } from "./workload/scenarios.ts"
import { begins, isDebouncedBy, type StartAgain, startsAgain, withDebounced } from "./workload/starts/startAgain.ts"
import { type TimetablePlan, timetables, withTimetable } from "./workload/timetables/timetablePlan.ts"
import { awaitFaultKinds, type Fault, type FaultKind, faultKinds, leastFaults, lossKinds } from "./world/faults.ts"
import type { ClockSetting } from "./world/machine.ts"

/** One run of the workload, and what its outside does. */
export interface RunPlan {
  readonly program: Term
  readonly value: number
  readonly afterMs: number
  readonly signals: ReadonlyArray<{ readonly name: SignalName; readonly afterMs: number }>
  readonly cancelAfterMs: number | null
  /** What somebody who looks after runs decides about it. Default: nothing. */
  readonly decision?: Decision | undefined
  /** Until then no code of its body runs. Default: it begins at once. */
  readonly beginsAfterMs?: number | undefined
  /** Starts of the same id with which it is to go on. Default: none. */
  readonly again?: ReadonlyArray<StartAgain> | undefined
  /** Such starts, most of them the last of many (`debounce`), which may come before the first start as well. Default: none. */
  readonly debounced?: ReadonlyArray<StartAgain> | undefined
  /** Orders of an application that start a run, or send it something, in a transaction with a row of their own. Default: none. */
  readonly orders?: ReadonlyArray<OrderPlan> | undefined
  /** Retries, resets and forks of it. Default: none. */
  readonly copies?: ReadonlyArray<CopyPlan> | undefined
  /** Sent one after the other, each when the one before was acknowledged, or a while after that. */
  readonly burst?: Burst | undefined
  /** Started again, with the same input. */
  readonly isStartedTwice: boolean
  /** What else the outside does, by the features of its program. Default: nothing. */
  readonly acts?: ReadonlyArray<ActPlan> | undefined
}

export type Decision =
  | { readonly do: "terminate"; readonly afterMs: number }
  | { readonly do: "pause"; readonly afterMs: number; readonly forMs: number }
  | { readonly do: "resume"; readonly afterMs: number }

export interface Burst {
  readonly names: ReadonlyArray<SignalName>
  readonly afterMs: number
  /** Default 0. */
  readonly apartMs?: number
}

export interface ActPlan {
  readonly feature: string
  readonly afterMs: number
  /** JSON, whatever the feature draws. */
  readonly args: any
}

/** A schedule as data: what is run, what goes wrong, and the seed of everything else. */
export interface Plan {
  readonly seed: number
  readonly runs: ReadonlyArray<RunPlan>
  readonly faults: ReadonlyArray<Fault>
  /** A run whose code never comes to anything stands beside them. */
  readonly hasPoison: boolean
  /** And is cancelled. Default: never. */
  readonly cancelsPoison?: boolean
  /** Suspended runs that a host keeps: few, and it replays all the time. */
  readonly warmRuns: number
  readonly setting?: Setting
  /** Default: nothing is deleted. */
  readonly deletion?: DeletionPlan | undefined
  /** A schedule that starts runs at its times (`defineSchedule`). Default: none. */
  readonly timetable?: TimetablePlan | undefined
}

/** What else one schedule has and another does not. */
export interface Setting {
  /** Late, they find more than a start when they begin. */
  readonly hostsAfterMs: number
  /** Messages that a host has in hand: few, and it often waits for room, and races with the other. */
  readonly stepConcurrency: number
  /** Once the faults have stopped, machines that are well go on with what they have in memory, or all begin anew. */
  readonly goesOn: boolean
  /** Of so many messages one is delivered twice; 0 for none but those that are planned. */
  readonly repeats: number
  /** One host is given changed code then, for half a minute: a deployment that is taken back. */
  readonly deploysAfterMs: number | null
  /** When the last fault at an await is over, the hosts go on as they are for so long, and services may still fail. Default a minute. */
  readonly lingersMs?: number
  /** The clock of the clients. Default: that of a machine, a tenth of a second from the others at most. */
  readonly sender?: ClockSetting | undefined
  /** On the wire: what turns the runs. Default: by the seed, so that of what is drawn for schedules without a wire all is as it was. */
  readonly fleet?: "processes" | "functions"
}

const decisions: fc.Arbitrary<Decision> = fc.oneof(
  fc.record({ do: fc.constant("terminate" as const), afterMs: fc.oneof(fc.nat(500), fc.nat(60_000)) }),
  fc.record({
    do: fc.constant("pause" as const),
    afterMs: fc.oneof(fc.nat(500), fc.nat(60_000)),
    forMs: fc.oneof(fc.nat(50), fc.nat(30_000))
  })
)

/** Starts at a time and starts of a run that is there are left out of searches that ask about all else: docs/simulation.md says what is open. */
const drawsStarts = draws.STARTS !== "no"

/** In one of so many and one; to look for what goes wrong with it alone, in all. */
const seldom = <A>(
  timesNot: number,
  arbitrary: fc.Arbitrary<A>,
  drawn: "always" | "no" | undefined
): fc.Arbitrary<A | undefined> =>
  drawn === "no"
    ? fc.constant(undefined)
    : fc.oneof(
        { weight: drawn === "always" ? 0 : timesNot, arbitrary: fc.constant(undefined) },
        { weight: 1, arbitrary }
      )

const callOf = ({ name, args }: Feature): fc.Arbitrary<FeatureTerm> =>
  args.map((drawn) => ({ do: "feature", feature: name, args: drawn }))

const actsOf = (chosen: ReadonlyArray<Feature>): fc.Arbitrary<ReadonlyArray<ActPlan> | undefined> => {
  const some = chosen.flatMap(({ name, acts }) =>
    acts === undefined
      ? []
      : [
          fc.record({
            feature: fc.constant(name),
            afterMs: fc.oneof(fc.nat(1_000), fc.nat(60_000)),
            args: acts
          })
        ]
  )
  return some.length === 0 ? fc.constant(undefined) : fc.array(fc.oneof(...some), { maxLength: 5 })
}

/** Programs of today's words and those of the features. Of features there is at least one call. */
const programOf = (chosen: ReadonlyArray<Feature>): fc.Arbitrary<Term> => {
  const random = termsOf({ maxLength: 3, maxDepth: 2, features: chosen.map(callOf) })
  if (chosen.length > 0) {
    const call = fc.oneof(...chosen.map(callOf))
    // Some have little else: then most of what goes wrong goes wrong in it, and in the first or the last turn of its run.
    return fc.oneof(
      { weight: 1, arbitrary: random },
      { weight: 1, arbitrary: fc.tuple(call, random).map(([first, rest]) => seq(first, rest)) },
      { weight: 1, arbitrary: fc.tuple(random, call).map(([first, rest]) => seq(first, rest)) },
      { weight: 1, arbitrary: fc.tuple(call, random).map(([first, rest]) => all(first, rest)) },
      { weight: 1, arbitrary: fc.tuple(call, call).map(([first, rest]) => seq(first, rest)) },
      { weight: 1, arbitrary: fc.tuple(call, call).map(([first, rest]) => all(first, rest)) }
    )
  }
  return fc.oneof(
    { weight: 40, arbitrary: random },
    { weight: 20, arbitrary: fc.constantFrom(...scenarios) },
    { weight: 1, arbitrary: fc.constantFrom<Term>(longProgram("reserve"), longProgram("lookUp")) }
  )
}

/** What goes wrong with steps that take their time takes more luck than others do. */
const drawn: ReadonlyArray<Feature> = [...drawnFeatures, takesItsTime]

/** Which features a schedule has: none in three of four, otherwise mostly two. */
export const chosenBy = (draw: number): ReadonlyArray<Feature> => {
  if (draws.LIMITS === "always") return [isLimited]
  const { length } = drawn
  if (draw % 4 !== 1) return draw % 32 === 2 ? [carries] : []
  const [first, second] = [(draw >>> 2) % length, (((draw >>> 2) / length) % length) | 0].map(
    (index) => drawn[index]
  ) as [Feature, Feature | undefined]
  if (draws.LIMITS === "no" && first.name === isLimited.name) return []
  if (draws.LIMITS === "no" && second?.name === isLimited.name) return [first]
  if (second === undefined || second === first || first.isAlone === true || second.isAlone === true) return [first]
  return [first, second]
}

/** Made once for each choice: they take longer to make than to draw from. */
const runsByChoice = new Map<string, fc.Arbitrary<RunPlan>>()

const runOf = (chosen: ReadonlyArray<Feature>, more: (run: fc.Arbitrary<RunPlan>) => fc.Arbitrary<RunPlan>) => {
  const choice = `${more.name} ${chosen.map(({ name }) => name).join()}`
  const made = runsByChoice.get(choice) ?? more(makeRun(chosen))
  runsByChoice.set(choice, made)
  return made
}

/** What is done to runs of every kind, in schedules that have it by bits of their own. */
const moreBy = (choice: number) => {
  if (isCopiedBy(choice)) return withCopies<RunPlan>
  return drawsStarts && isDebouncedBy(choice) ? withDebounced<RunPlan> : asItIs<RunPlan>
}

const asItIs = <A>(run: fc.Arbitrary<A>) => run

const makeRun = (chosen: ReadonlyArray<Feature>): fc.Arbitrary<RunPlan> =>
  fc
    .record({
      program: programOf(chosen),
      value: fc.nat(9),
      afterMs: fc.nat(500),
      signals: fc.array(
        fc.record({ name: fc.constantFrom(...signalNames), afterMs: fc.oneof(fc.nat(1_000), fc.nat(60_000)) }),
        { maxLength: 3 }
      ),
      cancelAfterMs: fc.option(fc.oneof(fc.nat(1_000), fc.nat(90_000)), { freq: 2 }),
      decision: fc.oneof({ weight: 5, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: decisions }),
      burst: fc.oneof(
        { weight: 2, arbitrary: fc.constant(undefined) },
        {
          weight: 1,
          arbitrary: fc.record({
            names: fc.array(fc.constantFrom(...signalNames), { minLength: 2, maxLength: 5 }),
            afterMs: fc.oneof(fc.nat(1_000), fc.nat(90_000)),
            apartMs: fc.constantFrom(0, 0, 20, 60)
          })
        }
      ),
      isStartedTwice: fc.boolean(),
      beginsAfterMs: seldom(11, begins, draws.STARTS),
      again: seldom(7, startsAgain, draws.STARTS),
      acts: actsOf(chosen),
      orders: seldom(11, orders, draws.ORDERS)
    })
    // Who asks a run that is started again has answers of more than one start: those acts have one in mind.
    .map((run) => (run.again === undefined && run.orders === undefined ? run : { ...run, acts: undefined }))

const durationMs = fc.oneof(fc.nat(200), fc.nat(200), fc.nat(10_000), fc.nat(60_000))

interface Drawn {
  readonly count: number
  /** Chances between two of them, at most. */
  readonly apart: number
}

/**
 * How many chances go by between two faults at most. At awaits there are always enough chances for all of them; closer together they hide
 * each other, and planted bugs are found much later. Services have few chances, so some of their faults may never happen.
 */
const atAwaits: Drawn = { count: leastFaults, apart: 8 }
const ofServices: Drawn = { count: 8, apart: 2 }

const faultsOf = (kinds: ReadonlyArray<FaultKind>, { count, apart }: Drawn): fc.Arbitrary<ReadonlyArray<Fault>> => {
  if (kinds.length === 0) return fc.constant([])
  const one = fc.record({ kind: fc.constantFrom(...kinds), after: fc.nat(apart), forMs: durationMs })
  return fc
    .record({ kept: new KeepAll(count), all: fc.tuple(...Array.from({ length: count }, () => one)) })
    .map(({ kept, all }) => keep(all, new Set(kept)))
}

/**
 * Faults that are kept happen where they did: each waits for its own chances and for those of the faults before it that were
 * left out.
 */
const keep = (all: ReadonlyArray<Fault>, kept: ReadonlySet<number>): ReadonlyArray<Fault> => {
  const left: Array<Fault> = []
  let gone = 0
  for (const [index, fault] of all.entries()) {
    if (kept.has(index)) {
      left.push({ ...fault, after: fault.after + gone })
      gone = 0
    } else gone += fault.after + 1
  }
  return left
}

const lossBit = faultKinds.length

const isAwaitKind = (kind: FaultKind) => (awaitFaultKinds as ReadonlyArray<string>).includes(kind)

/**
 * Swarm: each kind is off in one of two schedules, so that no fault always hides another. Those that lose something for good are off together:
 * where nothing is lost nobody waits for the sweeper, and liveness is held to tighter times.
 */
const kindsOf = (mask: number): ReadonlySet<FaultKind> => {
  const isOn = (bit: number) => ((mask >>> bit) & 1) === 1
  const enabled = faultKinds.filter((kind, index) => isOn(lossKinds.has(kind) ? lossBit : index))
  // There must be some fault at awaits, because services may have no occasion for theirs.
  const instead = awaitFaultKinds[mask % awaitFaultKinds.length] as FaultKind
  return new Set(enabled.some(isAwaitKind) ? enabled : [...enabled, instead])
}

const swarmOf = (kinds: ReadonlySet<FaultKind>): fc.Arbitrary<ReadonlyArray<Fault>> => {
  const await_ = [...kinds].filter(isAwaitKind)
  const services = [...kinds].filter((kind) => !isAwaitKind(kind))
  return fc
    .tuple(faultsOf(await_, atAwaits), faultsOf(services, ofServices))
    .map(([first, second]) => [...first, ...second])
}

/** A setting that acts like a kind of fault is off where that kind is off. */
const settingOf = (kinds: ReadonlySet<FaultKind>): fc.Arbitrary<Setting> =>
  fc.record({
    hostsAfterMs: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(2_000) }),
    stepConcurrency: fc.constantFrom(16, 16, 2, 1),
    goesOn: fc.boolean(),
    repeats: kinds.has("duplicateMessage") ? fc.constantFrom(0, 2) : fc.constant(0),
    deploysAfterMs: kinds.has("changedCode")
      ? fc.oneof(fc.constant(null), fc.oneof(fc.nat(2_000), fc.nat(20_000)))
      : fc.constant(null),
    sender: fc.oneof(
      { weight: 3, arbitrary: fc.constant(undefined) },
      {
        weight: 2,
        arbitrary: fc.record({
          aheadMs: fc.constantFrom(0, 0, 300, 3_600_000),
          untilMs: fc.oneof(fc.nat(2_000), fc.nat(60_000)),
          tickMs: fc.constantFrom(1, 200, 2_000)
        })
      }
    ),
    lingersMs: fc.oneof(
      { weight: 2, arbitrary: fc.constant(0) },
      { weight: 3, arbitrary: fc.nat(3_000) },
      { weight: 1, arbitrary: fc.constant(30_000) }
    )
  })

/** Unbiased: fast-check likes the ends of a range, where all high bits are on, or none. */
const bits = (count: number) => fc.noShrink(fc.noBias(fc.nat(2 ** count - 1)))

const runsOf = (run: fc.Arbitrary<RunPlan>): fc.Arbitrary<ReadonlyArray<RunPlan>> =>
  fc.oneof({ weight: 3, arbitrary: fc.tuple(run) }, { weight: 1, arbitrary: fc.tuple(run, run) })

/** The kinds of faults of one schedule. */
export const swarms: fc.Arbitrary<ReadonlySet<FaultKind>> = bits(lossBit + 1).map(kindsOf)

export const plans: fc.Arbitrary<Plan> = fc
  .record({ seed: bits(31), kinds: swarms, choice: bits(20) })
  .chain(({ seed, kinds, choice }) =>
    fc
      .record({
        seed: fc.constant(seed),
        // First, for they shrink in this order.
        faults: swarmOf(kinds),
        runs: runsOf(runOf(chosenBy(choice), moreBy(choice))),
        setting: settingOf(kinds),
        hasPoison: fc.nat(3).map((one) => one === 1),
        warmRuns: fc.constantFrom(1, 100),
        // Last: all else of a plan is what it would be without.
        deletion: deletions,
        timetable: timetables
      })
      .map((plan) => (plan.hasPoison ? { ...plan, cancelsPoison: plan.seed % 3 > 0 } : plan))
      .map((plan) => {
        const { deletion, runs } = plan
        const hasCopies = deletion !== undefined && runs.some(({ copies }) => copies !== undefined)
        return hasCopies ? { ...plan, deletion: amidCopies(deletion, runs, seed) } : plan
      })
      .map(withTimetable)
  )

/**
 * Something is found out by the sweeper alone, in its time: what a service has lost for good, and wake-ups that the queue has
 * refused to take.
 */
export const isLossy = ({ faults }: Plan): boolean =>
  faults.some(({ kind }) => lossKinds.has(kind) || kind === "refusedMessage")

/** Hosts have other code for a time: a run may end by it, and today's code not come to what it said last. */
export const changesCode = ({ faults, setting }: Plan): boolean =>
  (setting?.deploysAfterMs ?? null) !== null || faults.some(({ kind }) => kind === "changedCode")

/** On the wire, in one schedule of four timers of more than some seconds are Scheduler's, and sleeps are long enough for it. */
export const hasLongTimers = ({ seed }: Plan): boolean => Math.floor(seed / 4_096) % 4 === 0

/** On the wire, one schedule of three has functions on Lambda instead of processes. */
export const hasFunctions = ({ seed, setting }: Plan): boolean =>
  setting?.fleet === undefined ? Math.floor(seed / 64) % 3 === 0 : setting.fleet === "functions"
