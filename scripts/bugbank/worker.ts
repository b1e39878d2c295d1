/**
 * Schedules of one scratch copy, until something is wrong. Says which one it begins, so that whoever waits can tell a schedule
 * that does not end from one that takes its time.
 */
import * as path from "node:path"
import { pathToFileURL } from "node:url"
import type { WorkerMessage } from "./trial.ts"

const [folder, schedulesText, seedText, wire] = process.argv.slice(2) as [string, string, string, string]
const schedules = Number(schedulesText)

// Nobody reads stacks, and making them is a tenth of the time.
Error.stackTraceLimit = 0

const load = (file: string) => import(pathToFileURL(path.join(folder, "simulation", file)).href)
const { chunkLength, chunkOf } = (await load("search.ts")) as typeof import("../../simulation/search.ts")
const { runSchedule } = (await load("simulation.ts")) as typeof import("../../simulation/simulation.ts")

const { onWire } =
  wire === "wire"
    ? ((await load("wire/world/wireWorld.ts")) as typeof import("../../simulation/wire/world/wireWorld.ts"))
    : {}

const send = (message: WorkerMessage): void => {
  process.send?.(message)
}

const search = (): WorkerMessage => {
  for (let done = 0; done < schedules; done += chunkLength) {
    const seed = Number(seedText) + done / chunkLength
    for (const [index, plan] of chunkOf(seed, Math.min(chunkLength, schedules - done)).entries()) {
      send({ kind: "begins", schedule: done + index + 1 })
      const { violation } = runSchedule(plan, { onWire })
      if (violation === undefined) continue
      const { invariant, message } = violation
      return { kind: "caught", schedule: done + index + 1, invariant, message, at: `${seed}:${index}` }
    }
  }
  return { kind: "survived" }
}

// Promises go on only outside of others.
setImmediate(() => process.send?.(search(), () => process.exit(0)))
