import type * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { SignalSource, UpdateDefinition } from "../actor/definitions/definition.ts"
import { checkCorrelation } from "../actor/definitions/name.ts"
import { awaitMark } from "../actor/history/command.ts"
import { addressOf, parseAddress } from "../actor/history/generation.ts"
import type { Tags } from "../actor/tags/tags.ts"
import { showChannel, type Unread } from "../actor/values/channel.ts"
import { runFinished } from "../client/errors.ts"
import { forkRun, goOnFrom } from "../client/repair/copyRun.ts"
import type { ForkOptions, Repair, ResetOptions, RetryOptions } from "../client/repair/repairOptions.ts"
import { type RecordedHistory, toRecordedHistory } from "../inspection/history/recordedHistory.ts"
import type { Payloads } from "../store/payloads.ts"
import { type WaitingFor, waitingFor } from "../store/reading/waitingFor.ts"
import type { RunTable } from "../store/runTable.ts"
import { askAtOnce, type CallbackView, callbacksOf } from "./callbacks.ts"
import { storyLines } from "./reports/story.ts"
import { type Observed, RecordedRun } from "./runView.ts"
import { SentUpdate, type TestUpdate } from "./sentUpdate.ts"

/** What its runs need of a `TestRuntime`. */
export interface RuntimeOfRun {
  readonly settle: () => Promise<void>
  readonly view: (runId: string) => StartedRun
  /** Of what was sent to a run, whichever of its starts it was sent by. */
  readonly numbers: { sent: number }
}

/** A run that a `TestRuntime` has started. */
export class StartedRun extends RecordedRun {
  readonly runId: string
  readonly workflow: string
  private readonly observed: Observed
  readonly runtime: RuntimeOfRun

  constructor(observed: Observed, runtime: RuntimeOfRun) {
    super(observed, {})
    this.observed = observed
    this.runId = observed.runId
    this.workflow = observed.setting.workflow.workflowName
    this.runtime = runtime
  }

  get children(): ReadonlyArray<StartedRun> {
    return this.observed.engine.family.childrenOf(this.runId).map(this.runtime.view)
  }

  get generation(): number {
    return parseAddress(this.run.runId).generation
  }

  get parked(): string | undefined {
    return this.run.parked?.message
  }

  get tags(): Tags {
    return this.run.tags
  }

  get waitsFor(): ReadonlyArray<string> {
    if (this.run.isOver) return []
    const { commands, endless, signals, updates } = this.run.waiting
    return [
      ...commands.map(({ kind, key, childRunId }) =>
        key.startsWith(awaitMark) ? `run ${childRunId ?? ""}` : `${kind} ${key}`
      ),
      ...signals.map(showChannel),
      ...updates.map((name) => `update ${name}`),
      ...(endless ? ["cancellation"] : [])
    ]
  }

  get waitingFor(): ReadonlyArray<WaitingFor> {
    if (this.run.isOver) return []
    const { commands: open, endless, signals, updates } = this.run.waiting
    const { runId } = this.run
    return waitingFor(runId, { open, signals, updates, endless }, this.observed.engine.agenda.retriesOf(runId))
  }

  get callbacks(): ReadonlyArray<CallbackView> {
    return callbacksOf(this.observed.engine, this.run.runId, this.waitingFor)
  }

  get story(): string {
    return storyLines(this.observed.engine.eventsOf(this.runId), this.runId).join("\n")
  }

  get unread(): ReadonlyArray<Unread> {
    return this.run.unread
  }

  readonly signal = async (
    signal: SignalSource<string, any>,
    payload: unknown,
    options: { readonly for?: string } = {}
  ): Promise<void> => {
    const target = options.for ?? signal.correlation
    const wrong = target === undefined ? undefined : checkCorrelation(target)
    if (wrong !== undefined) throw new TypeError(`what signal ${signal.name} is for: ${wrong}`)
    const encoded = signal.codec().encode(payload)
    if (Result.isFailure(encoded))
      throw new TypeError(`signal ${signal.name} does not fit its schema: ${encoded.failure}`)
    const { engine } = this.observed
    const id = String(++this.runtime.numbers.sent)
    engine.send(this.newest.runId, {
      kind: "signal",
      at: engine.now,
      name: signal.name,
      ...(target === undefined ? {} : { for: target }),
      id,
      payload: encoded.success.payload
    })
    await this.runtime.settle()
  }

  readonly update = async (
    update: UpdateDefinition<string, any, any, any>,
    input: unknown,
    options?: { readonly id?: string }
  ): Promise<TestUpdate> => {
    const { updateName: name } = update
    const encoded = update.input().encode(input)
    if (Result.isFailure(encoded))
      throw new TypeError(`the input of update ${name} does not fit its schema: ${encoded.failure}`)
    const { engine } = this.observed
    const id = options?.id ?? `update-${++this.runtime.numbers.sent}`
    const sent = new SentUpdate(update, id, () => engine.family.generationsOf(this.runId))
    if (!sent.isRepeated(encoded.success.fingerprint)) {
      const { outcome } = this.newest
      if (outcome !== undefined && outcome.tag !== "continued")
        throw runFinished(this.runId, outcome.tag === "died" ? "failed" : outcome.tag, `update ${name}`)
      engine.send(this.newest.runId, { kind: "update", at: engine.now, name, id, payload: encoded.success.payload })
    }
    await this.runtime.settle()
    return sent
  }

  readonly cancel = async (reason?: string): Promise<void> => {
    const { engine } = this.observed
    engine.send(this.newest.runId, { kind: "cancel", at: engine.now, reason: reason ?? null })
    await this.runtime.settle()
  }

  readonly terminate = async (reason?: string): Promise<void> => {
    if (this.newest.outcome?.tag === "terminated") return
    this.refuseEnded("the termination")
    this.observed.engine.terminate(this.runId, reason ?? null)
    await this.runtime.settle()
  }

  readonly pause = async (): Promise<void> => {
    this.refuseEnded("the pause")
    this.observed.engine.paused.pause(this.runId)
  }

  readonly resume = async (): Promise<void> => {
    this.refuseEnded("the end of a pause")
    this.observed.engine.paused.resume(this.runId)
    await this.runtime.settle()
  }

  readonly retry = (options: RetryOptions = {}): Promise<Repair> =>
    this.repaired(goOnFrom(this.newest.workflow, this.runId, "retry", options))

  readonly reset = (options: ResetOptions): Promise<Repair> =>
    this.repaired(goOnFrom(this.newest.workflow, this.runId, "reset", options))

  readonly fork = (options: ForkOptions): Promise<Repair> => {
    const { runs } = this.observed.engine
    const { generation } = options
    const source = generation === undefined ? undefined : runs.get(addressOf(this.runId, generation))
    return this.repaired(forkRun((source ?? this.newest).workflow, this.runId, options))
  }

  private async repaired<E>(repair: Effect.Effect<Repair, E, RunTable | Payloads>): Promise<Repair> {
    const told = await askAtOnce(this.observed.engine, repair)
    await this.runtime.settle()
    return told
  }

  get isPaused(): boolean {
    return this.observed.engine.paused.has(this.runId)
  }

  get hasBegun(): boolean {
    return this.began !== undefined
  }

  private refuseEnded(what: string): void {
    const { outcome } = this.newest
    if (outcome !== undefined && outcome.tag !== "continued")
      throw runFinished(this.runId, outcome.tag === "died" ? "failed" : outcome.tag, what)
  }

  readonly recordHistory = (): RecordedHistory =>
    toRecordedHistory(this.run.runId, this.run.history, [...this.run.inbox.values()], this.run.outcome)

  /** What is sent to a run is for whatever goes by its id now. */
  private get newest() {
    return this.observed.engine.newest(this.runId)
  }

  private get run() {
    return this.began ?? this.newest
  }
}
