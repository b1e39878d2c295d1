import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { Heartbeats } from "../src/store/beside/heartbeats.ts"
import { OutputChunks } from "../src/store/beside/outputChunks.ts"
import { Replies } from "../src/store/beside/replies.ts"
import { StepMarks } from "../src/store/beside/stepMarks.ts"
import { CallbackKeys } from "../src/store/callbacks/callbackKeys.ts"
import { ChangeFeed } from "../src/store/changeFeed.ts"
import { RunEraser } from "../src/store/deletion/runEraser.ts"
import { Payloads } from "../src/store/payloads.ts"
import { RunTable } from "../src/store/runTable.ts"
import { StepQueue } from "../src/store/stepQueue.ts"
import { Timers } from "../src/store/timers.ts"
import type { Ground, Ports } from "./ground/ground.ts"
import type { Plan } from "./plan.ts"
import { simulatedEraser } from "./services/deletion/simulatedEraser.ts"
import type { SimulatedCallbacks } from "./services/simulatedCallbacks.ts"
import type { SimulatedOutput } from "./services/simulatedOutput.ts"
import type { SimulatedPayloads } from "./services/simulatedPayloads.ts"
import type { SimulatedQueue } from "./services/simulatedQueue.ts"
import type { SimulatedReplies } from "./services/simulatedReplies.ts"
import type { SimulatedStepMarks } from "./services/simulatedStepMarks.ts"
import type { SimulatedStream } from "./services/simulatedStream.ts"
import type { SimulatedTable } from "./services/simulatedTable.ts"
import type { SimulatedTimers } from "./services/simulatedTimers.ts"
import type { Life } from "./world/machine.ts"
import type { World } from "./world/world.ts"

export interface Services {
  readonly table: SimulatedTable
  readonly stream: SimulatedStream
  readonly queue: SimulatedQueue
  readonly timers: SimulatedTimers
  readonly payloads: SimulatedPayloads
  readonly replies: SimulatedReplies
  readonly output: SimulatedOutput
  readonly callbacks: SimulatedCallbacks
  readonly marks: SimulatedStepMarks
  readonly ground: Ground | undefined
  readonly world: World
  readonly plan: Plan
}

/** What a process has under it: the simulated services themselves, or the real adapters. */
export type PortsOf = (life: Life) => Effect.Effect<Context.Context<Ports>, never, Scope.Scope>

/** With the real adapters, in one schedule of six a page of a listing has two runs: none has so many runs that it would have several pages. */
const inShortPages = ({ seed }: Plan, table: RunTable["Service"]): RunTable["Service"] =>
  Math.floor(seed / 512) % 6 !== 0
    ? table
    : { ...table, list: (query) => table.list({ ...query, limit: Math.min(query.limit ?? shortPage, shortPage) }) }

const shortPage = 2

export const portsOn =
  (services: Services): PortsOf =>
  (life) => {
    const { callbacks, ground, marks, output, payloads, queue, replies, stream, table, timers } = services
    const { deletion } = services.plan
    const mayErase = life.machine.name !== "client" || deletion?.clientsErase !== false
    // Keys of callbacks are changed while runs go on.
    if (ground !== undefined)
      return Effect.map(ground.ports(life), (all) =>
        (mayErase ? all : (Context.omit(RunEraser)(all as Context.Context<Ports | RunEraser>) as typeof all)).pipe(
          Context.add(CallbackKeys, callbacks.keys(life)),
          Context.add(RunTable, inShortPages(services.plan, Context.get(all, RunTable)))
        )
      )
    const eraser =
      deletion !== undefined && mayErase ? Context.make(RunEraser, simulatedEraser(services, life)) : Context.empty()
    return Effect.succeed(
      Context.make(RunTable, table.service(life)).pipe(
        Context.add(ChangeFeed, stream.service(life)),
        Context.add(StepQueue, queue.service(life)),
        Context.add(Timers, timers.service(life)),
        Context.add(Payloads, payloads.service(life)),
        Context.add(Replies, replies.service(life)),
        Context.add(OutputChunks, output.service(life)),
        Context.add(CallbackKeys, callbacks.keys(life)),
        Context.add(Heartbeats, callbacks.heartbeats(life)),
        Context.add(StepMarks, marks.service(life)),
        Context.merge(eraser)
      )
    )
  }
