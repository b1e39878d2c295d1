import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import type * as Layer from "effect/Layer"
import * as Result from "effect/Result"
import { durationMs } from "../actor/definitions/assertOptions.ts"
import type { Workflow } from "../actor/definitions/definition.ts"
import { placeOfAddress, runIdOf } from "../actor/history/generation.ts"
import { AnswersCallbacks, type Asked, askAtOnce } from "./callbacks.ts"
import { assertNumber, assertWorkflow, refuseOthers } from "./checkOptions.ts"
import { calm, type Decisions } from "./draws/decisions.ts"
import { SeededNumbers } from "./draws/seededNumbers.ts"
import { byName, list } from "./reports/text.ts"
import { contextOf } from "./services.ts"
import { StartedRun } from "./startedRun.ts"
import type { TestRun } from "./testRun.ts"
import { assertSchedulesEnd, type TestSchedules, testSchedules } from "./testSchedules.ts"
import { putStart, type TestStartOptions } from "./testStart.ts"
import { tableOf } from "./virtualTable.ts"
import { Definitions } from "./world/definitions.ts"
import { Performers } from "./world/performStep.ts"
import type { StandIn, Transact } from "./world/standIns.ts"
import type { VirtualRun } from "./world/virtualRun.ts"
import { VirtualWorld } from "./world/virtualWorld.ts"
import { startOfTime } from "./world/worldOptions.ts"

export interface TestRuntimeOptions<World> {
  /** What answers in place of steps, by name: a stand-in, code, or the step itself. Default: a success derived from the output schema. */
  readonly steps?: Readonly<Record<string, StandIn<NoInfer<World>>>>
  /** What steps that are real code act upon: given to their code as third argument. */
  readonly world?: World
  /**
   * Takes what steps with `transaction` write, where their own code runs: once for each outcome that stands. Answers with a `TransactionCancelled` where a condition does
   * not hold. Default: all of it is taken.
   */
  readonly transact?: Transact<NoInfer<World>>
  /** The services of steps whose own code runs. */
  readonly services?: Context.Context<any> | Layer.Layer<any>
  /** When virtual time begins, epoch milliseconds. Default: 5 January 2026, 9:00 UTC. */
  readonly startAt?: number
  /** What attempts of a `flaky` stand-in are drawn from: the same seed, the same attempts fail. Default 1. */
  readonly seed?: number
}

/** Nothing special happens but for what stand-ins say: of attempts, those fail that are drawn. */
const calmButFlaky = (seed: number): Decisions => {
  const numbers = new SeededNumbers(seed)
  return {
    ...calm,
    choose: (kind, _place, _alternatives, chance) => (kind === "attempt" && numbers.chance(chance) ? 1 : 0)
  }
}

/** Turns and executions of steps. */
const mostWorkAtOnce = 10_000

const standsStill = (runId: string): string =>
  `${mostWorkAtOnce} turns and steps, the last of run ${placeOfAddress(runId)}, and no time has passed: an endless loop? Steps take no time in a TestRuntime, sleeps do`

/**
 * Runs workflows in memory and in virtual time: nothing happens but what is due, and a year passes in a millisecond. Child runs
 * run too. Retries of steps take the time that their policy says.
 *
 * @example
 * const runtime = new TestRuntime({ steps: { chargeCard: succeeds({ chargeId: "c-1" }) } })
 * const run = await runtime.start(fulfilOrder, { input: order })
 * await run.signal(approved, { by: "Ada" })
 * await runtime.advance("7 days")
 * expect(run.outcome).toEqual({ tag: "succeeded", value: { parcel: "p-1" } })
 */
export class TestRuntime<World = undefined> extends AnswersCallbacks {
  readonly world: World
  /** What `client.schedules` does, in virtual time. */
  readonly schedules: TestSchedules
  private readonly options: TestRuntimeOptions<World>
  private readonly definitions = new Definitions()
  /** One for each run: it numbers the signals that are sent through it. */
  private readonly views = new Map<string, StartedRun>()
  private engine: VirtualWorld | undefined
  private started = 0

  /** Throws a `TypeError` for an option that it does not know, and a `RangeError` for a number that is none. */
  constructor(options: TestRuntimeOptions<World> = {}) {
    super()
    refuseOthers("TestRuntime", options, ["steps", "world", "transact", "services", "startAt", "seed"])
    assertNumber("seed", options.seed, Number.MIN_SAFE_INTEGER)
    assertNumber("startAt", options.startAt, Number.MIN_SAFE_INTEGER)
    this.options = options
    this.world = options.world as World
    const { definitions } = this
    this.schedules = testSchedules({ definitions, open: () => this.open(), settle: () => this.settle() })
  }

  /** Virtual time, epoch milliseconds. */
  get now(): number {
    return this.engine?.now ?? this.options.startAt ?? startOfTime
  }

  /**
   * Starts a run and lets happen what happens at once. With a `policy` it may come after another run of that id: each start has a `TestRun` of its own.
   * Rejects with a `RangeError` if the run id is taken or unfit, or the tags or the delay cannot be, with a `TypeError` if the input does not fit its schema,
   * and as `client.start` does by its policy (`RunExists`, `RunConflict`, `StartInvalid`).
   */
  async start<Name extends string, In, Out, Err>(
    workflow: Workflow<Name, In, Out, Err>,
    options: TestStartOptions<NoInfer<In>>
  ): Promise<TestRun<World, In, Out, Err>> {
    assertWorkflow(workflow)
    const engine = await this.open()
    const runId = options.runId ?? `run-${++this.started}`
    const request = putStart(engine, workflow, runId, options)
    await this.settle()
    const view =
      request === undefined
        ? this.view(engine, runId, options.input)
        : this.newView(engine, runId, options.input, request)
    return view as unknown as TestRun<World, In, Out, Err>
  }

  /**
   * A run by its id, child runs among them: `<parent's run id>:<workflow>#0`, or what the parent says. With its workflow, the run is typed by
   * it. Throws a `RangeError` if there is no such run, or if it is of another workflow.
   *
   * @example
   * const parcel = runtime.run("order-17:packOrder#0", packOrder)
   * await parcel.signal(packed, { by: "Ada" })
   */
  run<Name extends string, In, Out, Err>(
    runId: string,
    workflow?: Workflow<Name, In, Out, Err>
  ): TestRun<World, In, Out, Err> {
    const { engine } = this
    if (engine?.runs.has(runId) !== true)
      throw new RangeError(
        `there is no run ${runId}; those are ${list([...new Set([...(engine?.runs.keys() ?? [])].map(runIdOf))])}`
      )
    const found = this.view(engine, runId)
    if (workflow !== undefined && workflow.workflowName !== found.workflow)
      throw new RangeError(`run ${runId} is of workflow ${found.workflow}, and not of ${workflow.workflowName}`)
    return found as unknown as TestRun<World, In, Out, Err>
  }

  private view(engine: VirtualWorld, runId: string, input: unknown = inputOf(engine.run(runId))): StartedRun {
    return this.views.get(runId) ?? this.newView(engine, runId, input)
  }

  /** `request`: of the start that it is of, if that is not the first one of that id. */
  private newView(engine: VirtualWorld, runId: string, input: unknown, request?: string): StartedRun {
    const { workflow } = engine.run(runId)
    const observed = { engine, runId, input, world: this.world, setting: { workflow, definitions: this.definitions } }
    const view = new StartedRun(
      { ...observed, request },
      {
        settle: () => this.settle(),
        view: (child) => this.view(engine, child),
        numbers: this.views.get(runId)?.runtime.numbers ?? { sent: 0 }
      }
    )
    this.views.set(runId, view)
    return view
  }

  /** Lets time pass, and happen what is due by then, in the order of time. Rejects with a `RangeError` if that has no end, as neither has a schedule that goes on. */
  async advance(time: Duration.Input): Promise<void> {
    const engine = await this.open()
    const until = engine.now + durationMs("the time to advance by", time)
    if (!Number.isFinite(until)) assertSchedulesEnd(engine)
    await this.settle(until)
    if (Number.isFinite(until)) engine.now = Math.max(engine.now, until)
  }

  protected async ask(what: Asked): Promise<void> {
    await askAtOnce(await this.open(), what)
    await this.settle()
  }

  private async settle(until = this.now): Promise<void> {
    const engine = await this.open()
    const worked = () => engine.turns + engine.executions
    let [instant, before] = [engine.now, worked()]
    for (let next = engine.next(); next !== undefined && next.readyAt <= until; next = engine.next()) {
      if (engine.now > instant) [instant, before] = [engine.now, worked()]
      // Steps take no time here: a loop of them would go on for ever, and hold up the test's own time-out.
      if (worked() - before > mostWorkAtOnce) throw new RangeError(standsStill(next.runId))
      const message = await engine.happen(next)
      if (message !== undefined) await engine.turn(next.runId, [message])
      const { namesakes } = this.definitions
      if (namesakes.length > 0) throw new TypeError(namesakes.join("\n"))
    }
  }

  private async open(): Promise<VirtualWorld> {
    if (this.engine !== undefined) return this.engine
    const { steps, services = Context.empty(), startAt, seed = 1, transact } = this.options
    const context = (await contextOf(services as Context.Context<any>)) as Context.Context<never>
    this.engine ??= new VirtualWorld({
      definitions: this.definitions,
      performers: new Performers(),
      workers: { standIns: byName(steps), transact, world: this.world, services: context, hasWholeDelays: true },
      decisions: calmButFlaky(seed),
      latencyMs: 0,
      isReplayed: false,
      ...(startAt === undefined ? {} : { startAt })
    })
    this.engine.callbacks.runs = tableOf(this.engine)
    return this.engine
  }
}

/** Of a child run: as its workflow has got it. */
const inputOf = ({ workflow, inbox }: VirtualRun): unknown => {
  const start = inbox.get("start")
  return start?.kind === "start" ? Result.getOrUndefined(workflow.input().decode(start.input)) : undefined
}
