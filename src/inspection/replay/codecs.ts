import { awaitMark } from "../../actor/history/command.ts"
import type { Message } from "../../actor/history/message.ts"
import type { CodecOf } from "../values/showValue.ts"
import type { Learned } from "./learned.ts"
import type { Code } from "./replayRun.ts"
import { nameOf } from "./watch.ts"
import type { WatchedCommand } from "./watchedCommand.ts"

/** By which schemas the values of one row or command are read; undefined where nobody knows. */
export interface Schemas {
  readonly input?: CodecOf
  readonly output?: CodecOf
  readonly error?: CodecOf
}

/** Finds schemas by names: among what a replay has learned, and what the host knows. */
export class Codecs {
  private readonly learned: Learned
  private readonly code: Code

  constructor(learned: Learned, code: Code) {
    this.learned = learned
    this.code = code
  }

  step(name: string): Schemas {
    return this.learned.steps.get(name) ?? this.code.steps?.find(({ stepName }) => stepName === name) ?? none
  }

  workflow(name: string, version?: string): Schemas {
    const found = this.code.workflows?.find(
      (one) => one.workflowName === name && (version === undefined || one.version === version)
    )
    return found ?? this.learned.workflows.get(name) ?? none
  }

  ofMessage(message: Message): Schemas {
    switch (message.kind) {
      case "start":
      // The start that is to follow: of this workflow, or of another one or another version of it.
      case "restart":
        return this.workflow(message.workflow, message.definitionVersion)
      case "step":
        return this.step(nameOf(message.key))
      case "child":
        return this.workflow(nameOf(message.key))
      case "callback":
        return this.learned.callbacks.get(nameOf(message.key)) ?? none
      case "signal":
        return { input: this.learned.signals.get(message.name) }
      case "update":
        return this.learned.updates.get(message.name) ?? none
      default:
        return none
    }
  }

  ofCommand({ kind, name }: Pick<WatchedCommand, "kind" | "name">): Schemas {
    switch (kind) {
      case "step":
        return this.step(name)
      case "child":
      case "run":
        return this.workflow(name.startsWith(awaitMark) ? name.slice(1) : name)
      case "callback":
        return this.learned.callbacks.get(name) ?? none
      case "update":
        return this.learned.updates.get(name) ?? none
      case "send":
        return { input: this.learned.signals.get(name) }
      case "state":
        return { input: this.learned.states.get(name) }
      case "emit":
        return { input: this.learned.streams.get(name) }
      default:
        return none
    }
  }
}

const none: Schemas = {}
