import { isDeepStrictEqual } from "node:util"
import * as Context from "effect/Context"
import type { AnyWorkflow, Workflow } from "../actor/definitions/definition.ts"
import { type AnyOptions, assertOptions, assertWorkflow, type CheckOptions, type Verdict } from "./checkOptions.ts"
import {
  anyValue,
  calm,
  type DecisionKind,
  type Decisions,
  few,
  kindOf,
  type Plan,
  PlannedDecisions,
  RandomDecisions
} from "./draws/decisions.ts"
import { type Sample, type Samples, samplesOf, schemaSamples } from "./draws/samples.ts"
import { SeededNumbers } from "./draws/seededNumbers.ts"
import { type Case, shrink } from "./draws/shrink.ts"
import { storyLines } from "./reports/story.ts"
import { Tally } from "./reports/tally.ts"
import { byName, plural } from "./reports/text.ts"
import { type Facts, RecordedRun, type RunView } from "./runView.ts"
import { contextOf } from "./services.ts"
import { watchAwaits } from "./surroundings/awaits.ts"
import { stopwatchMs } from "./surroundings/clock.ts"
import { loadedAnew } from "./surroundings/environment.ts"
import { closeReads } from "./surroundings/loadTime.ts"
import { letStraysGoOn, watchStrays } from "./surroundings/strays.ts"
import type { Judgement, Problem, Reloaded } from "./verdicts/problem.ts"
import { findProblem } from "./verdicts/problems.ts"
import { WorkflowCheckFailed } from "./workflowCheckFailed.ts"
import { Definitions, namesOf } from "./world/definitions.ts"
import { isPromise, Performers } from "./world/performStep.ts"
import { type Circumstances, Complaint, type Recording, runSchedule, type Setting } from "./world/schedule.ts"
import {
  companyFor,
  failedCleanUps,
  pausesInCompany,
  singleFaults,
  singleFaultsOnTheWay
} from "./world/singleFaults.ts"
import { startOfTime } from "./world/worldOptions.ts"

/** What was tried, and found to be right. */
export interface CheckReport {
  readonly workflow: string
  readonly seed: number
  readonly schedules: number
  /** Turns taken live; each was taken again by a run that was rebuilt before it. */
  readonly turns: number
  /** Things that went otherwise than they usually do. */
  readonly faults: number
  readonly faultsByKind: Readonly<Partial<Record<DecisionKind, number>>>
  /** Runs by how they ended; `waiting` for those that did not. */
  readonly outcomes: Readonly<Record<string, number>>
  /** What those that did not end were waiting for. */
  readonly waitedFor: Readonly<Record<string, number>>
  readonly tookMs: number
}

/**
 * Takes a workflow through many schedules - failing steps, dying workers, cancellations, late and early signals, timers that win
 * races, all in virtual time - and checks of each that
 *
 * - every prefix of its history replays to the same commands, and a run that is rebuilt before any turn takes it alike, whatever the clock,
 *   randomness, environment variables, locale and time zone, and whatever other runs do in between;
 * - it ends, or waits for something that has a name;
 * - steps that run twice, or half and then again, take effect once, and those that run at the same time do not get in each other's way (with the option `world`);
 * - what has to be undone is undone in reverse (with the option `compensations`);
 * - your own properties hold (options `always` and `atEnd`).
 *
 * Rejects with {@link WorkflowCheckFailed}, whose message tells the smallest such schedule that was found; with a `TypeError` if an
 * option is missing or does not fit. 1,000 schedules of an ordinary workflow take a few seconds.
 *
 * @example
 * test("fulfilOrder survives anything", { timeout: 30_000 }, () =>
 *   checkWorkflow(fulfilOrder, {
 *     steps: { bookCarrier: flaky(0.3) },
 *     compensations: { chargeCard: "refundCard" },
 *     always: (run) => run.neverBoth(run.cancelled, run.executed("bookCarrier"))
 *   }))
 */
export const checkWorkflow = async <
  Name extends string,
  In,
  Out,
  Err,
  World = undefined,
  const Fact extends string = never
>(
  workflow: Workflow<Name, In, Out, Err>,
  options: CheckOptions<In, Out, Err, World, Fact> = {}
): Promise<CheckReport> => {
  const check = new Check(workflow as AnyWorkflow, options as unknown as AnyOptions)
  const ends = [watchStrays(), ...(options.world === undefined ? [] : [watchAwaits()])]
  try {
    return await check.run()
  } finally {
    for (const end of ends) end()
  }
}

/** Enough tries to meet what happens in every second month, or with every tenth number. */
const timesReloaded = 10

class Check {
  private readonly workflow: AnyWorkflow
  private readonly setting: Setting
  private readonly inputs: Samples
  private readonly schedules: number
  private readonly seed: number
  private readonly startAt: number | undefined
  private readonly reload: AnyOptions["reload"]
  private judgement: Judgement
  private readonly tally = new Tally()

  constructor(workflow: AnyWorkflow, options: AnyOptions) {
    assertWorkflow(workflow)
    assertOptions(options)
    this.workflow = workflow
    this.schedules = options.schedules ?? 1_000
    this.seed = options.seed ?? 1
    this.startAt = options.startAt
    this.reload = options.reload
    const what = `the input of workflow ${workflow.workflowName}`
    this.inputs =
      options.input === undefined
        ? schemaSamples<unknown>(workflow.input().schema, what, "input")
        : samplesOf<unknown>(options.input, what, "input")
    const inputs = options.alone === true ? undefined : this.inputs
    this.setting = { ...settingOf(workflow, options), inputs }
    const { compensations = {}, effects = (world: unknown) => world } = options
    this.judgement = {
      compensations: new Map(
        Object.entries(compensations).map(([step, by]) => [step, typeof by === "string" ? by : by.stepName])
      ),
      effectsOf: options.world === undefined ? undefined : effects,
      mayDie: options.mayDie ?? false,
      endless: options.endless ?? false,
      another: undefined,
      reloaded: []
    }
  }

  async run(): Promise<CheckReport> {
    const begun = stopwatchMs()
    closeReads()
    const numbers = new SeededNumbers(this.seed)
    const simplest = this.inputs(0)
    const first = await this.attempt(simplest, calm, this.circumstances(1))
    this.tally.add(first)
    await this.judge(1, simplest, first)
    // Another input, so that what two runs share through a module is told apart.
    const other = otherThan(simplest, this.inputs)
    const another = await this.attempt(other, calm, this.circumstances(1))
    this.judgement = { ...this.judgement, another, reloaded: await this.reloaded() }
    // What a module keeps of every run it has seen differs now from what it was, and need not ever again.
    await this.judge(1, simplest, first)
    // With an empty list as input little can go wrong: such inputs prove nothing.
    const both = other === simplest ? [first] : [first, another]
    const singlesOf = (find: typeof singleFaults, share: number) =>
      both
        .flatMap((recording, index) => find(recording).map((plan) => ({ plan, input: index === 0 ? simplest : other })))
        .slice(0, Math.floor(this.schedules / share))
    const onTheWay = singlesOf(singleFaultsOnTheWay, 10)
    const singles = [...singlesOf(singleFaults, 2), ...onTheWay, ...companyFor(first, simplest)]
    const mostSingles = singles.length + Math.max(5, this.schedules / 100)
    for (let schedule = 2; schedule <= this.schedules; schedule++) {
      const single = singles[schedule - 2]
      const input = single?.input ?? this.inputs(numbers.below(numbers.chance(0.25) ? few : anyValue))
      const circumstances = this.circumstances(schedule, single === undefined)
      const decisions =
        single === undefined
          ? new RandomDecisions(numbers, new SeededNumbers(circumstances.luck))
          : new PlannedDecisions(single.plan)
      const recording = await this.attempt(input, decisions, circumstances)
      this.tally.add(recording)
      await this.judge(schedule, input, recording)
      if (single?.plan.size !== 1 || singles.length >= mostSingles) continue
      const more = [...failedCleanUps(recording), ...pausesInCompany(recording)].slice(0, mostSingles - singles.length)
      singles.push(...more.map((plan) => ({ plan, input })))
    }
    await this.judge(1, simplest, first)
    this.setting.performers.refuseBroken()
    this.refuseUnused()
    return {
      ...this.tally.report,
      workflow: this.workflow.workflowName,
      seed: this.seed,
      tookMs: stopwatchMs() - begun
    }
  }

  /** The workflow's module as other processes have it, loaded on another day and with other variables. */
  private async reloaded(): Promise<ReadonlyArray<Reloaded>> {
    const { reload, workflow, setting, seed } = this
    if (reload === undefined) return []
    const all: Array<Reloaded> = []
    for (let round = 0; round < timesReloaded; round++) {
      const { loaded, looks } = await loadedAnew(reload, { round, luck: Math.abs(seed) })
      assertWorkflow(loaded)
      const anew = loaded as AnyWorkflow
      if (anew.workflowName !== workflow.workflowName || anew.version !== workflow.version)
        throw new TypeError(`reload: it answers with workflow ${anew.workflowName}, version ${anew.version}`)
      if (anew === workflow || all.some((before) => before.given === anew))
        throw new TypeError("reload: it answers with the workflow that there was before, so no module was loaded anew")
      all.push({ given: anew, workflow: setting.definitions.watched(anew), looks })
    }
    return all
  }

  /** A name that nothing answers to is a slip of the pen, and would go unnoticed. */
  private refuseUnused(): void {
    if (this.schedules < 100) return
    const { callbacks, definitions, standIns, signals, updates } = this.setting
    const check = (option: string, names: Iterable<string>, known: ReadonlyMap<string, unknown>) => {
      for (const name of names) {
        if (known.has(name)) continue
        throw new TypeError(
          `${option}.${name}: in no schedule did the workflow ask for that; it asks for ${namesOf(known)}`
        )
      }
    }
    check("steps", Object.keys(standIns), definitions.steps)
    check("signals", Object.keys(signals), definitions.signals)
    check("updates", Object.keys(updates), definitions.updates)
    check("callbacks", Object.keys(callbacks), definitions.callbacks)
    check("compensations", this.judgement.compensations.keys(), definitions.steps)
    const [unknown] = definitions.unknownNames()
    if (unknown !== undefined)
      throw new TypeError(
        `a property asks about a name: ${unknown}. If it is right all the same, give the definition itself`
      )
  }

  private async attempt(input: Sample, decisions: Decisions, circumstances: Circumstances): Promise<Recording> {
    const recording = await runSchedule(this.setting, input.value, decisions, circumstances)
    await letStraysGoOn()
    return recording
  }

  /** The start of virtual time has random numbers of its own, so that a failure can be tried with another start and the same plan. */
  private circumstances(schedule: number, isDrawn = false): Circumstances {
    const luck = (Math.imul(this.seed, 0x9e3779b1) + schedule) >>> 0
    const laterMs = isDrawn ? new SeededNumbers(luck).below(4 * 8_766) * 3_600_000 : 0
    return { luck, startAt: this.startAt ?? startOfTime + laterMs }
  }

  private async judge(schedule: number, input: Sample, recording: Recording): Promise<void> {
    // Other runs in between cost as much as all the rest.
    const isCrowded = schedule <= 100 || schedule % 4 === 0
    const problem = await findProblem(
      recording,
      isCrowded ? this.judgement : { ...this.judgement, another: undefined, reloaded: [] }
    )
    if (problem !== undefined) {
      const found = { plan: recording.plan, values: recording.values, input }
      throw await this.failure(schedule, found, recording, problem)
    }
  }

  private async failure(
    schedule: number,
    found: Case,
    recording: Recording,
    problem: Problem
  ): Promise<WorkflowCheckFailed> {
    const shrinkUnder = (circumstances: Circumstances) =>
      shrink(found, async ({ plan, values, input }) => {
        const again = await this.attempt(input, new PlannedDecisions(plan, values), circumstances)
        const same = await findProblem(again, this.judgement)
        if (same?.kind !== problem.kind || same.title !== problem.title) return undefined
        return { plan: again.plan, values: again.values, turns: again.engine.turns, recording: again, problem: same }
      })
    const { circumstances } = recording
    const usualStart = this.startAt ?? startOfTime
    const usual = await shrinkUnder({ ...circumstances, startAt: usualStart })
    const { result } =
      usual.result === undefined && circumstances.startAt !== usualStart ? await shrinkUnder(circumstances) : usual
    const told = result ?? { recording, problem, plan: recording.plan, values: recording.values }
    const { workflowName } = this.workflow
    // The numbers of values are left out: the story shows the values themselves.
    const plan = [...told.plan].map(([key, choice]) =>
      choice === 1 || told.values.has(key) ? key : `${key} (${choice})`
    )
    const faults = plan.filter((key) => kindOf(key) !== "value")
    const message = [
      `workflow ${workflowName}: ${told.problem.title}`,
      "",
      ...storyLines(told.recording.engine.events),
      "",
      ...told.problem.explain().map((line) => `  ${line}`),
      "",
      ...dateLines(told.recording, usualStart),
      `  Found in schedule ${schedule} of ${this.schedules}; ${shrinkText(found.plan, faults, result !== undefined)}.`,
      `  To see it again: checkWorkflow(${workflowName}, { ...the same options, seed: ${this.seed} })`
    ].join("\n")
    const { kind, cause } = told.problem
    return new WorkflowCheckFailed(message, { kind, workflow: workflowName, seed: this.seed, schedule, plan, cause })
  }
}

const otherThan = (simplest: Sample, inputs: Samples): Sample => {
  for (let number = 1; number < 50; number++) {
    const other = inputs(number)
    if (!isDeepStrictEqual(other.value, simplest.value)) return other
  }
  return simplest
}

/** The story names the date only if it matters, that is, if the schedule does not fail at the usual one. */
const dateLines = ({ circumstances: { startAt } }: Recording, usualStart: number): ReadonlyArray<string> =>
  startAt === usualStart ? [] : [`  It takes the date: this run starts on ${new Date(startAt).toISOString()}.`]

const shrinkText = (before: Plan, left: ReadonlyArray<string>, isRepeatable: boolean): string => {
  if (!isRepeatable) return "it did not fail when it was tried again, which is a sign of state outside of the run"
  const faults = [...before.keys()].filter((key) => kindOf(key) !== "value").length
  if (left.length === 0) return "it takes no fault at all"
  return `${plural(faults, "fault")}, of which it takes ${left.length === faults ? "all" : left.length}: ${left.join("; ")}`
}

const settingOf = (workflow: AnyWorkflow, options: AnyOptions): Omit<Setting, "inputs"> => {
  const { always, atEnd, services, world = () => undefined } = options
  const facts = byName(options.facts)
  return {
    workflow,
    definitions: new Definitions(),
    performers: new Performers(),
    standIns: byName(options.steps),
    transact: options.transact,
    signals: byName(options.signals),
    updates: byName(options.updates),
    callbacks: byName(options.callbacks),
    makeWorld: eachItsOwn(world),
    makesWorlds: options.world !== undefined,
    servicesOf: (state) =>
      (services === undefined ? Context.empty() : contextOf(services(state))) as Context.Context<never>,
    maxTurns: options.maxTurns ?? 500,
    watch: (recording, isOver) => {
      if (always !== undefined) ask(always, recording, facts, "always")
      if (isOver && atEnd !== undefined) ask(atEnd, recording, facts, "atEnd")
    }
  }
}

/** Each schedule needs a world of its own: if two share one, effects show in both, and no difference is ever seen. */
const eachItsOwn = (makeWorld: () => unknown): (() => unknown) => {
  const made = new WeakSet<object>()
  return () => {
    const world = makeWorld()
    if (typeof world !== "object" || world === null) return world
    if (made.has(world))
      throw new TypeError("world: the function answers with the same object again, and each schedule needs a new one")
    made.add(world)
    return world
  }
}

const ask = (
  property: (run: RunView) => Verdict,
  recording: Recording,
  facts: Facts,
  option: "always" | "atEnd"
): void => {
  const run = new RecordedRun(recording, facts)
  let holds: Verdict
  try {
    holds = property(run)
  } catch (error) {
    throw new Complaint(error)
  }
  if (isPromise(holds)) {
    holds.then(undefined, () => {})
    throw new TypeError(`${option}: a property answers at once, and this one is async`)
  }
  if (holds === false) throw new Complaint(new Error(`${option}: ${run.objection ?? "the property is false"}.`))
}
