import * as Context from "effect/Context"
import * as Metric from "effect/Metric"

/** One metric of this package. Labels are names of definitions and words of a fixed list: never an id of a run, which there is no end of. */
export interface Instrument {
  readonly name: string
  readonly type: "counter" | "histogram"
  readonly labels: ReadonlyArray<string>
  readonly description: string
}

/** Hears of what is counted, beside the registry of metrics: for those who tell each event apart, and not totals. */
export interface Counted {
  /** The values of the labels, in their order. */
  readonly count: (instrument: Instrument, value: number, ...labels: ReadonlyArray<string>) => void
}

export class CountedBeside extends Context.Service<CountedBeside, Counted>()("dynactor/CountedBeside") {}

/**
 * A metric with its labels. Counted in each turn, so what Effect would put together anew each time (a metric with attributes, and the text of
 * its key) is kept by the values of the labels.
 */
class Series implements Instrument {
  readonly name: string
  readonly type: Instrument["type"]
  readonly labels: ReadonlyArray<string>
  readonly description: string
  private readonly boundaries: ReadonlyArray<number>
  /** By the value of the first label, and of the second: to put them together to one key would cost as much as the rest. */
  private readonly made = new Map<string, Map<string, Metric.Metric<number, unknown>>>()

  constructor(
    name: string,
    labels: ReadonlyArray<string>,
    description: string,
    boundaries: ReadonlyArray<number> | undefined
  ) {
    this.name = name
    this.labels = labels
    this.description = description
    this.type = boundaries === undefined ? "counter" : "histogram"
    this.boundaries = boundaries ?? []
  }

  /** Into the registry of `services`. The values in the order of the labels. */
  add(services: Context.Context<never>, value: number, first: string, second = ""): void {
    const metric = this.made.get(first)?.get(second) ?? this.keep(first, second)
    metric.updateUnsafe(value, services)
    const beside: Counted | undefined = services.mapUnsafe.get(CountedBeside.key)
    if (beside !== undefined) beside.count(this, value, first, second)
  }

  private keep(first: string, second: string): Metric.Metric<number, unknown> {
    const metric = this.make([first, second])
    const others = this.made.get(first) ?? new Map<string, Metric.Metric<number, unknown>>()
    this.made.set(first, others.set(second, metric))
    return metric
  }

  private make(values: ReadonlyArray<string>): Metric.Metric<number, unknown> {
    const { boundaries, description, labels, name } = this
    const attributes = Object.fromEntries(labels.map((label, index) => [label, values[index] ?? ""]))
    return this.type === "counter"
      ? Metric.counter(name, { description, attributes, incremental: true })
      : Metric.histogram(name, { description, attributes, boundaries })
  }
}

const counter = (name: string, labels: ReadonlyArray<string>, description: string) =>
  new Series(name, labels, description, undefined)

const histogram = (
  name: string,
  labels: ReadonlyArray<string>,
  boundaries: ReadonlyArray<number>,
  description: string
) => new Series(name, labels, description, boundaries)

const turnMs = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 10_000]
const lagMs = [1, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 15_000, 60_000, 300_000, 3_600_000]
const places = [0, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 5_000, 20_000]
const waitMs = [0, 10, 100, 500, 1_000, 5_000, 15_000, 60_000, 300_000, 900_000, 3_600_000, 21_600_000, 86_400_000]
const stepMs = [1, 5, 10, 50, 100, 500, 1_000, 5_000, 15_000, 60_000, 300_000, 900_000]

/** The table in `docs/guide/telemetry.md` and the queries of `docs/telemetry/grafana.json` are held to this list by tests. */
export const instruments = {
  turns: counter(
    "dynactor_turns_total",
    ["workflow", "actor"],
    "Turns by the actor that took them: warm, replayed or new"
  ),
  turnMs: histogram("dynactor_turn_duration_ms", ["workflow"], turnMs, "Time of a turn, its commit included"),
  turnLagMs: histogram(
    "dynactor_turn_lag_ms",
    ["workflow"],
    lagMs,
    "Age of the oldest row of a turn when the turn begins"
  ),
  conflicts: counter("dynactor_commit_conflicts_total", ["workflow"], "Turns whose commit another was ahead of"),
  attempts: counter(
    "dynactor_step_attempts_total",
    ["step", "outcome"],
    "Executions of steps by what became of them: succeeded, failed, died, retried or stopped"
  ),
  stepMs: histogram("dynactor_step_duration_ms", ["step"], stepMs, "Time of one execution of a step"),
  deadLetters: counter("dynactor_dead_letters_total", ["step"], "Steps that were received too often and are given up"),
  parked: counter(
    "dynactor_runs_parked_total",
    ["workflow", "reason"],
    "Runs parked, or tried again in vain, by reason"
  ),
  ended: counter(
    "dynactor_runs_ended_total",
    ["workflow", "outcome"],
    "Ends of runs by outcome: succeeded, failed, died, cancelled, terminated, or continued as new"
  ),
  longHistories: counter(
    "dynactor_long_histories_total",
    ["workflow"],
    "Generations of runs that have adopted half of the messages that one may"
  ),
  units: counter(
    "dynactor_units_total",
    ["kind", "operation"],
    "Capacity units of DynamoDB, read or write, by operation"
  ),
  placesHeld: histogram(
    "dynactor_places_held",
    ["limit"],
    places,
    "Places of one key of a limit that are held, as each of its commits leaves it"
  ),
  placesWaiting: histogram(
    "dynactor_places_waiting",
    ["limit"],
    places,
    "How many wait for a place of one key of a limit, as each of its commits leaves it"
  ),
  placeWaitMs: histogram(
    "dynactor_place_wait_ms",
    ["limit"],
    waitMs,
    "How long the one has waited for a place of a key who has waited longest, at each of its commits; 0 where nobody waits"
  ),
  placesGiven: counter("dynactor_places_given_total", ["limit"], "Places of limits that were given")
}
