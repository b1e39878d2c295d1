import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Result from "effect/Result"
import { signCallback } from "../../actor/calls/callback.ts"
import type { ScheduleDefinition } from "../../actor/calls/schedules/defineSchedule.ts"
import { scheduleCancel, scheduleLook } from "../../actor/calls/schedules/scheduleParts.ts"
import type { StepCommand } from "../../actor/history/command.ts"
import type { Outcome } from "../../actor/history/outcome.ts"
import { isReference } from "../../actor/values/payload.ts"
import { Heartbeats } from "../../store/beside/heartbeats.ts"
import { StepMarks } from "../../store/beside/stepMarks.ts"
import { CallbackKeys } from "../../store/callbacks/callbackKeys.ts"
import { fixedCallbackKeys } from "../../store/callbacks/keyRing.ts"
import { objectName } from "../../store/deletion/payloadNames.ts"
import { Payloads } from "../../store/payloads.ts"
import { RunTable } from "../../store/runTable.ts"
import { lookAt } from "../../streams/schedules/lookStep.ts"
import { systemStep, systemStepOf } from "../../streams/steps/systemSteps.ts"
import type { Decisions } from "../draws/decisions.ts"
import { stepClock } from "./steps/executeCode.ts"

/** The same in every schedule, so that tokens are, too. */
const keys = fixedCallbackKeys(
  { id: "virtual", secret: "of a world that is no secret to anybody" },
  { tenant: "", url: "https://workflows.example" }
)

/** What the runtime's own steps find in a virtual world: one key, and the heartbeats that were sent. */
export class VirtualCallbacks {
  readonly services: Context.Context<CallbackKeys | Heartbeats | Payloads | RunTable | StepMarks>
  /** By their names, as hosts are given them. */
  readonly schedules = new Map<string, ScheduleDefinition>()
  /** Where schedules find the runs that they have started. */
  runs: RunTable["Service"] | undefined
  /** What `forEachStep` has in the payload store, by its hash. */
  private readonly objects = new Map<string, string>()
  /** By run and callback's key. */
  private readonly tokens = new Map<string, string>()
  private readonly now: () => number
  private readonly look = systemStep(scheduleLook, (look) => lookAt(this.schedules, look))[1]
  private readonly beats = new Map<string, number>()

  /**
   * `decisions`: nobody sends heartbeats, and whether there was one is drawn when the run looks. Undefined: there are those that were
   * sent.
   */
  constructor(
    now: () => number,
    decisions: Pick<Decisions, "choose"> | undefined,
    placeOf: (address: string, id: string) => string,
    marks: StepMarks["Service"],
    limiters: Pick<RunTable["Service"], "readHead" | "put">
  ) {
    const isAlive = (address: string, id: string) =>
      decisions !== undefined && decisions.choose("silence", placeOf(address, id), 1, 0.2) === 0
    const heartbeats: Heartbeats["Service"] = {
      beat: (address, id, at) => Effect.sync(() => void this.beats.set(`${address} ${id}`, at)),
      last: (address, id) => Effect.sync(() => (isAlive(address, id) ? now() : this.beats.get(`${address} ${id}`)))
    }
    this.now = now
    const payloads: Payloads["Service"] = {
      put: (sha256, text) => Effect.sync(() => void this.objects.set(sha256, text)),
      get: (sha256) => Effect.sync(() => this.objects.get(sha256)),
      inlineLimitBytes: Number.MAX_SAFE_INTEGER
    }
    this.services = Context.make(CallbackKeys, keys).pipe(
      Context.add(Heartbeats, heartbeats),
      Context.add(Payloads, payloads),
      // Answers are handed over at once, before a run looks for them.
      Context.add(RunTable, {
        ...limiters,
        readMessage: () => Effect.succeed(undefined)
      } as unknown as RunTable["Service"]),
      Context.add(StepMarks, marks)
    )
  }

  run(runId: string, command: StepCommand): Outcome {
    const run = command.name === scheduleLook.stepName ? this.look : systemStepOf(command.name)
    if (run === undefined) throw new Error(`${command.name} is no step of the runtime's own`)
    const known = command.name === scheduleCancel.stepName ? this.withRuns : this.services
    const services = Context.add(known, Clock.Clock, stepClock(this.now()))
    const exit = Effect.runSyncExitWith(services)(run(command, runId))
    if (Exit.isFailure(exit)) throw new Error(`${command.name} failed`, { cause: exit.cause })
    if (command.name === signCallback.stepName) {
      const { key } = Result.getOrThrow(signCallback.input().decode(command.input))
      this.tokens.set(`${runId} ${key}`, Result.getOrThrow(signCallback.output().decode(exit.value.payload)).token)
    }
    const { payload } = exit.value
    // In these worlds rows have their payloads in hand.
    return isReference(payload)
      ? { ...exit.value, payload: { json: this.objects.get(objectName(payload)) ?? "" } }
      : exit.value
  }

  /** For what looks at other runs. */
  get withRuns(): VirtualCallbacks["services"] {
    return this.runs === undefined ? this.services : Context.add(this.services, RunTable, this.runs)
  }

  tokenOf(runId: string, key: string): string | undefined {
    return this.tokens.get(`${runId} ${key}`)
  }
}
