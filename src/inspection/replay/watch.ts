import * as Effect from "effect/Effect"
import type { Actor } from "../../actor/actor.ts"
import type { AnyStep, AnyWorkflow } from "../../actor/definitions/definition.ts"
import type { RunPort } from "../../actor/definitions/runPort.ts"
import { channelOf } from "../../actor/definitions/signal.ts"
import { withChild } from "../../actor/definitions/withPort.ts"
import type { AnsweredCommand } from "../../actor/history/command.ts"
import { adoptedKey } from "../../actor/history/entry.ts"
import type { Outcome } from "../../actor/history/outcome.ts"
import { readChannel } from "../../actor/values/channel.ts"
import type { CommandKind } from "../shapes/timeline.ts"
import type { Learned } from "./learned.ts"
import type { WatchedCommand } from "./watchedCommand.ts"

/** Learns by which schemas values are read from what a body asks its port for. */
export const learning =
  (learned: Learned) =>
  (port: RunPort): RunPort => {
    const meetWorkflow = (workflow: AnyWorkflow) => learned.workflows.set(workflow.workflowName, workflow)
    return {
      ...port,
      step: (step: AnyStep, input, key) => {
        learned.steps.set(step.stepName, step)
        return port.step(step, input, key)
      },
      child: (workflow, input, options) => {
        meetWorkflow(workflow)
        return port.child(workflow, input, options)
      },
      start: (workflow, input, options) => {
        meetWorkflow(workflow)
        return Effect.map(port.start(workflow, input, options), (started) =>
          withChild(started, {
            signal: (signal, payload, id) => {
              learned.signals.set(signal.name, signal.codec)
              return started.signal(signal, payload, id)
            }
          })
        )
      },
      outcomeOf: (workflow, runId) => {
        meetWorkflow(workflow)
        return port.outcomeOf(workflow, runId)
      },
      receive: (signal) => {
        learned.signals.set(signal.name, signal.codec)
        return port.receive(signal)
      },
      collect: (signal, count, deadline) => {
        learned.signals.set(signal.name, signal.codec)
        return port.collect(signal, count, deadline)
      },
      send: (signal, runId, payload, id) => {
        learned.signals.set(signal.name, signal.codec)
        return port.send(signal, runId, payload, id)
      },
      callback: (callback, key) => {
        learned.callbacks.set(callback.callbackName, { output: callback.payload, error: callback.error })
        return port.callback(callback, key)
      },
      setState: (state, value) => {
        learned.states.set(state.stateName, state.codec)
        return port.setState(state, value)
      },
      emit: (stream, value) => {
        learned.streams.set(stream.streamName, stream.codec)
        return port.emit(stream, value)
      },
      handleUpdate: (registration) => {
        learned.updates.set(registration.update.updateName, registration.update)
        return port.handleUpdate(registration)
      }
    }
  }

/**
 * Notes what a run asks for and what becomes of it, while it is replayed. The parts of an actor are told what to do by methods, which are
 * taken over here for this one actor: so a run that nobody watches pays nothing for it.
 */
export class Watch {
  readonly commands: Array<WatchedCommand> = []
  private readonly byId = new Map<string, WatchedCommand>()
  private readonly counts = new Map<string, number>()
  private readonly actor: Actor

  constructor(actor: Actor) {
    this.actor = actor
    this.watchLedger()
    this.watchSignals()
    this.watchOutput()
  }

  /** Of the entry that is being delivered. */
  private get position(): number {
    return this.actor.order.length - 1
  }

  private note(command: Omit<WatchedCommand, "by" | "issuedAt">): WatchedCommand {
    const noted: WatchedCommand = { ...command, by: this.position, issuedAt: this.actor.now }
    this.commands.push(noted)
    this.byId.set(noted.id, noted)
    return noted
  }

  /** `<name>#<occurrence>`, for what has no key of its own. */
  private count(kind: string, name: string): string {
    const number = this.counts.get(`${kind}/${name}`) ?? 0
    this.counts.set(`${kind}/${name}`, number + 1)
    return `${name}#${number}`
  }

  private end(command: WatchedCommand | undefined, state: "done" | "abandoned", outcome?: Outcome): void {
    if (command === undefined) return
    if (outcome !== undefined) command.outcome = outcome
    if (command.state !== "open") return
    command.state = state
    command.endedAt = this.actor.now
  }

  private watchLedger(): void {
    const { ledger } = this.actor
    const { abandon, answer, closeCallback, issue, postponeTimers, send } = ledger
    takeOver(ledger, {
      issue: (command, ...rest) => {
        this.issued(command)
        issue.call(ledger, command, ...rest)
      },
      answer: (kind, key, outcome) => {
        this.answered(this.find(kind, key), `${kind}/${key}`, outcome)
        answer.call(ledger, kind, key, outcome)
      },
      abandon: (kind, key) => {
        const isOpen = ledger.isOpen(kind, key)
        abandon.call(ledger, kind, key)
        if (isOpen) this.end(this.find(kind, key), "abandoned")
      },
      closeCallback: (key) => {
        this.end(this.find("callback", key), "abandoned")
        closeCallback.call(ledger, key)
      },
      postponeTimers: (setBefore, byMs) => {
        postponeTimers.call(ledger, setBefore, byMs)
        for (const command of this.commands) {
          const due = command.kind === "timer" && command.state === "open" ? ledger.timerDue(command.key) : undefined
          if (due !== undefined) command.dueAt = due
        }
      },
      send: (command) => {
        const { for: correlation, name, payload, runId }: typeof command & { readonly for?: string } = command
        const key = this.count("send", name)
        const more = correlation === undefined ? {} : { for: correlation }
        this.note({ id: `send/${key}`, kind: "send", key, name, state: "done", input: payload, runId, ...more })
        send.call(ledger, command)
      }
    })
  }

  /** Runs that others have started are like children to a ledger. */
  private find(kind: string, key: string): WatchedCommand | undefined {
    return this.byId.get(`${kind}/${key}`) ?? this.byId.get(`run/${key}`)
  }

  private issued(command: AnsweredCommand): void {
    const { key } = command
    const kind: CommandKind = command.kind === "await" ? "run" : command.kind
    const plain = { id: `${kind}/${key}`, kind, key, name: nameOf(key), state: "open" as const }
    switch (command.kind) {
      case "step":
        return void this.note({ ...plain, name: command.name, input: command.input, inline: command.inline })
      case "timer":
        return void this.note({ ...plain, name: key, dueAt: command.due })
      case "child":
        return void this.note({ ...plain, name: command.workflow, input: command.input, runId: command.runId })
      case "await":
        return void this.note({ ...plain, name: command.workflow, runId: command.runId })
      case "callback": {
        const expiresAt = Number(command.fingerprint)
        return void this.note({ ...plain, ...(expiresAt === 0 ? {} : { expiresAt }) })
      }
    }
  }

  private answered(command: WatchedCommand | undefined, id: string, outcome: Outcome | undefined): void {
    if (command === undefined) return
    // A timer that another message's time has fired has no row of its own.
    const row = adoptedKey(this.actor.order.at(-1) ?? "")
    if (row === id || row.startsWith(`${id}@`)) command.answeredBy = this.position
    this.end(command, "done", outcome)
  }

  private watchSignals(): void {
    const { signals } = this.actor
    const { wait } = signals
    takeOver(signals, {
      wait: (definition, count, resume) => {
        const command = this.receiving(channelOf(definition))
        const done = () => this.received(command)
        const { giveBack, keep } = wait.call(signals, definition, count, (values) => {
          done()
          resume(values)
        })
        return {
          keep: () => {
            const values = keep()
            done()
            return values
          },
          giveBack: () => {
            giveBack()
            this.end(command, "abandoned")
          }
        }
      }
    })
  }

  private receiving(channel: string): WatchedCommand {
    const key = this.count("receive", channel)
    const { for: correlation, name } = readChannel(channel)
    const more = correlation === undefined ? {} : { for: correlation }
    return this.note({ id: `receive/${key}`, kind: "receive", key, name, state: "open", ...more })
  }

  private received(command: WatchedCommand): void {
    const row = adoptedKey(this.actor.order.at(-1) ?? "")
    if (row.startsWith(`signal/${command.name}/`)) command.answeredBy = this.position
    this.end(command, "done")
  }

  private watchOutput(): void {
    const { emits, states, updates } = this.actor
    const { add } = emits
    takeOver(emits, {
      add: (stream, json) => {
        const key = this.count("emit", stream)
        this.note({ id: `emit/${key}`, kind: "emit", key, name: stream, state: "done", input: { json } })
        return add.call(emits, stream, json)
      }
    })
    const { set } = states
    takeOver(states, {
      set: (name, payload) => {
        const key = this.count("state", name)
        this.note({ id: `state/${key}`, kind: "state", key, name, state: "done", input: payload })
        set.call(states, name, payload)
      }
    })
    const { handle, offer } = updates
    takeOver(updates, {
      handle: (registration) => {
        const { updateName: name } = registration.update
        const key = this.count("handle", name)
        this.note({ id: `handle/${key}`, kind: "handle", key, name, state: "done" })
        handle.call(updates, registration)
      },
      offer: (message, onRecord) => {
        const { id, name, payload } = message
        const key = `${name}/${id}`
        const command = this.note({ id: `update/${key}`, kind: "update", key, name, state: "open", input: payload })
        const isAccepted = offer.call(updates, message, onRecord)
        if (!isAccepted) this.end(command, "abandoned")
        return isAccepted
      }
    })
  }

  /** To be called after each message: which updates it has answered. */
  takeReplies(): void {
    for (const { id, name, outcome } of this.actor.updates.takeReplies())
      this.end(this.byId.get(`update/${name}/${id}`), "done", outcome)
  }
}

const takeOver = <A extends object>(part: A, methods: Partial<A>): void => {
  Object.assign(part, methods)
}

/** Names hold neither `#` nor `:`, one of which comes next; of a run that is waited for, a mark comes before. */
export const nameOf = (key: string): string => key.replace(/^@/, "").replace(/[#:].*$/s, "")
