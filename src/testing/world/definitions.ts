import * as Effect from "effect/Effect"
import { scheduleWorkflowName } from "../../actor/calls/schedules/scheduleWorkflow.ts"
import type { AnyCallback } from "../../actor/definitions/callbacks/callback.ts"
import type { AnyStep, AnyUpdate, AnyWorkflow, SignalSource } from "../../actor/definitions/definition.ts"
import { isSystemName } from "../../actor/definitions/name.ts"
import type { RunPort } from "../../actor/definitions/runPort.ts"
import { channelOf } from "../../actor/definitions/signal.ts"
import { withChild, withPort } from "../../actor/definitions/withPort.ts"

type AnySignal = SignalSource<string, any>

/**
 * The definitions that workflows use, learned from their use: a workflow is given a port that notes what it is asked for. So
 * nobody has to list steps, signals and child workflows for the harness.
 */
export class Definitions {
  readonly steps = new Map<string, AnyStep>()
  readonly signals = new Map<string, AnySignal>()
  readonly updates = new Map<string, AnyUpdate>()
  /** What signals were asked for: each name, and each with what it is for, as `channelText` writes it. */
  readonly channels = new Set<string>()
  /** Channels into which workflows have sent: nobody outside has to. */
  readonly sent = new Set<string>()
  readonly callbacks = new Map<string, AnyCallback>()
  /** Workflows give run ids to their child runs themselves. */
  namesChildren = false
  /** Told what steps are asked for, while somebody wants to know. */
  onStep: ((step: AnyStep, input: unknown) => void) | undefined
  /** Names that properties have asked about. Which of them mean something is known only when all schedules are through. */
  readonly named = { steps: new Set<string>(), signals: new Set<string>(), facts: new Set<string>() }
  private readonly workflows = new Map<string, { readonly given: AnyWorkflow; readonly observed: AnyWorkflow }>()
  /** Lines on names that stand for two definitions. */
  private readonly twice = new Map<string, ReadonlyArray<string>>()

  /** The same workflow, observed. */
  observe(workflow: AnyWorkflow): AnyWorkflow {
    const key = `${workflow.workflowName}@${workflow.version}`
    const found = this.workflows.get(key)
    if (found !== undefined) {
      if (workflow !== found.given && workflow !== found.observed)
        this.note(`workflow ${workflow.workflowName}, version ${workflow.version}`, found.given.body, workflow.body)
      return found.observed
    }
    // A schedule knows the workflows of its runs by their names alone: what it calls are no definitions of theirs.
    const isSchedule = workflow.workflowName === scheduleWorkflowName
    const observed = isSchedule ? workflow : withPort(workflow, (port) => this.noting(port))
    this.workflows.set(key, { given: workflow, observed })
    return observed
  }

  /**
   * A workflow from a module that was loaded again, with steps and signals of its own. It is only replayed, and noted is what
   * it asks for.
   */
  watched(workflow: AnyWorkflow): AnyWorkflow {
    return withPort(workflow, (port) => ({
      ...port,
      step: (step, input, key) => {
        this.onStep?.(step, input)
        return port.step(step, input, key)
      }
    }))
  }

  workflow(name: string, version: string): AnyWorkflow | undefined {
    return this.workflows.get(`${name}@${version}`)?.observed
  }

  /** What is wrong with the definitions: a host goes by their names, and would run the code of one in place of the other's. */
  get namesakes(): ReadonlyArray<string> {
    return [...this.twice.values()].flat()
  }

  /** That this is the code of a step, which is called as another one of the same name. */
  meetStep(step: AnyStep): void {
    const known = this.steps.get(step.stepName)
    if (known === undefined) this.steps.set(step.stepName, step)
    else if (known !== step) this.note(`step ${step.stepName}`, known.execute, step.execute)
  }

  private note(what: string, one: unknown, other: unknown): void {
    if (this.twice.has(what)) return
    this.twice.set(what, [
      `There are two definitions of ${what}:`,
      `  one with the code ${codeOf(one)},`,
      `  one with the code ${codeOf(other)}.`,
      "A host goes by names, and would run one in place of the other: call the one that is registered, or give one of them another name."
    ])
  }

  /** A sentence for each name in a property that nothing answers to: what is asked of it is never true. */
  unknownNames(): ReadonlyArray<string> {
    const { steps, signals, named } = this
    const sentences = (what: string, names: ReadonlySet<string>, known: ReadonlyMap<string, unknown>) =>
      [...names]
        .filter((name) => !known.has(name))
        .map(
          (name) => `${JSON.stringify(name)} is ${what} that the workflow has asked for; those are ${namesOf(known)}`
        )
    return [
      ...sentences("neither one of the option facts nor a step", named.facts, steps),
      ...sentences("no step", named.steps, steps),
      ...sentences("no signal", named.signals, signals)
    ]
  }

  private noting(port: RunPort): RunPort {
    return {
      ...port,
      step: (step, input, key) => {
        if (!isSystemName(step.stepName)) this.meetStep(step)
        this.onStep?.(step, input)
        return port.step(step, input, key)
      },
      child: (workflow, input, options) => {
        this.observe(workflow)
        this.namesChildren ||= options?.runId !== undefined
        return port.child(workflow, input, options)
      },
      start: (workflow, input, options) => {
        this.observe(workflow)
        this.namesChildren ||= options?.runId !== undefined
        return Effect.map(port.start(workflow, input, options), (started) =>
          withChild(started, {
            signal: (signal, payload, id) => {
              this.sent.add(channelOf(signal))
              return started.signal(signal, payload, id)
            }
          })
        )
      },
      send: (signal, runId, payload, id) => {
        this.sent.add(channelOf(signal))
        return port.send(signal, runId, payload, id)
      },
      receive: (signal) => {
        this.meetSignal(signal)
        return port.receive(signal)
      },
      collect: (signal, count, deadline) => {
        this.meetSignal(signal)
        return port.collect(signal, count, deadline)
      },
      handleUpdate: (registration) => {
        this.updates.set(registration.update.updateName, registration.update)
        return port.handleUpdate(registration)
      },
      callback: (callback, key) => {
        this.callbacks.set(callback.callbackName, callback)
        return port.callback(callback, key)
      },
      continueAsNew: (workflow, input, options) => {
        if (workflow !== undefined) this.observe(workflow)
        return port.continueAsNew(workflow, input, options)
      }
    }
  }

  private meetSignal(signal: AnySignal): void {
    this.signals.set(signal.name, signal)
    this.channels.add(channelOf(signal))
  }
}

const mostCode = 80

const codeOf = (definition: unknown): string => {
  const text = String(definition).replace(/\s+/g, " ")
  return text.length <= mostCode ? text : `${text.slice(0, mostCode - 1)}…`
}

export const namesOf = (known: ReadonlyMap<string, unknown>): string => [...known.keys()].sort().join(", ") || "none"
