import * as Effect from "effect/Effect"
import type { ScheduleDefinition } from "../actor/calls/schedules/defineSchedule.ts"
import type { Overlap } from "../actor/calls/schedules/scheduleSpec.ts"
import { scheduleRunId, scheduleWorkflow } from "../actor/calls/schedules/scheduleWorkflow.ts"
import type { Moment } from "../actor/calls/sleep.ts"
import type { ScheduleDescription } from "../client/schedules/describeSchedule.ts"
import { type ScheduleClient, scheduleClient } from "../client/schedules/scheduleClient.ts"
import type { Payloads } from "../store/payloads.ts"
import type { RunTable } from "../store/runTable.ts"
import type { Ensured } from "../store/schedules/ensureSchedule.ts"
import { SentBefore } from "../store/sending/sentBefore.ts"
import { askAtOnce } from "./callbacks.ts"
import type { Definitions } from "./world/definitions.ts"
import type { VirtualWorld } from "./world/virtualWorld.ts"

/**
 * Schedules of a `TestRuntime`: what `client.schedules` does, and rejects with its errors. They are runs (`schedule/<name>`), whose children are the runs that they
 * have started.
 *
 * @example
 * await runtime.schedules.ensure(nightly)
 * await runtime.advance("1 day")
 * const night = runtime.run("nightly/2026-01-06T01:30:00Z", report)
 */
export interface TestSchedules {
  /** As `client.schedules.ensure`, but that it takes a definition whose input is made by code, as hosts do. Times count from now on. */
  readonly ensure: (schedule: ScheduleDefinition, options?: { readonly again?: boolean }) => Promise<Ensured>
  readonly get: (name: string) => Promise<ScheduleDescription>
  /** Names of those that have not ended, the newest first. */
  readonly list: () => Promise<ReadonlyArray<string>>
  readonly pause: (name: string, options?: { readonly note?: string }) => Promise<void>
  readonly resume: (name: string) => Promise<void>
  /** Starts a run now. Answers with its id: `<name>/now-<id>`, where `id` is 1, 2, ... unless it is said. */
  readonly trigger: (
    name: string,
    options?: { readonly id?: string; readonly overlap?: Overlap }
  ) => Promise<{ readonly runId: string }>
  readonly backfill: (
    name: string,
    range: { readonly from: Moment; readonly until: Moment; readonly overlap?: "queue" | "allow" }
  ) => Promise<void>
  readonly remove: (name: string) => Promise<void>
}

interface Setting {
  readonly definitions: Definitions
  readonly open: () => Promise<VirtualWorld>
  readonly settle: () => Promise<void>
}

export const testSchedules = ({ definitions, open, settle }: Setting): TestSchedules => {
  let triggered = 0
  const ask = async <A, E>(what: (client: ScheduleClient) => Effect.Effect<A, E>): Promise<A> => {
    const engine = await open()
    const asked = Effect.flatMap(Effect.context<RunTable | Payloads>(), (context) =>
      what(scheduleClient(context, new SentBefore()))
    )
    const answer = await askAtOnce(engine, asked)
    await settle()
    return answer
  }
  return {
    ensure: async (schedule, options) => {
      const { callbacks } = await open()
      // The workflow itself, before a schedule asks for it by its name.
      definitions.observe(schedule.workflow)
      definitions.observe(scheduleWorkflow)
      callbacks.schedules.set(schedule.scheduleName, schedule)
      return ask((client) => client.ensure({ ...schedule, inputAt: undefined }, options))
    },
    get: (name) => ask((client) => client.get(name)),
    list: () =>
      ask((client) => Effect.map(client.list({ limit: Number.MAX_SAFE_INTEGER }), ({ schedules }) => schedules)),
    pause: (name, options) => ask((client) => client.pause(name, options)),
    resume: (name) => ask((client) => client.resume(name)),
    trigger: (name, options) => ask((client) => client.trigger(name, { id: String(++triggered), ...options })),
    backfill: (name, range) => ask((client) => client.backfill(name, range)),
    remove: (name) => ask((client) => client.remove(name))
  }
}

/** Throws a `RangeError` where no end of time comes. */
export const assertSchedulesEnd = (engine: VirtualWorld): void => {
  for (const [name, { spec }] of engine.callbacks.schedules) {
    const runId = scheduleRunId(name)
    if (spec.endsAt !== null || !engine.runs.has(runId)) continue
    const run = engine.newest(runId)
    if (run.isOver || !run.waiting.commands.some(({ kind }) => kind === "timer")) continue
    throw new RangeError(`schedule ${name} has no end: advance by a time that has one, or give the schedule an endsAt`)
  }
}
