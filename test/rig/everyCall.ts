import { Client, defineSchedule } from "dynactor"
import { exportRun, importRun } from "dynactor/inspection"
import { replayLive } from "dynactor/review"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { RowItem } from "../../src/store/transactions/asWrites.ts"
import type { GrantName, grantsOfCalls } from "../../src/streams/lambda/permissions.ts"
import { waitsFor } from "../client/waitsFor.ts"
import { eventually } from "../streams/engine.ts"
import { approved, ask, greeting, holding, said, seen } from "./cases.ts"

export type CallName = keyof typeof grantsOfCalls

/** Beyond what a row holds: whoever puts or reads it has to do with the bucket. */
export const largeText = "x".repeat(400_000)

const input = largeText
const client = <A, E, R>(use: (client: Client["Service"]) => Effect.Effect<A, E, R>) => Effect.flatMap(Client, use)

/** Runs to do something with, by somebody who may. Each is large, and waits for its signal, but for those that have been ended. */
export const prepare = client((c) =>
  Effect.gen(function* () {
    const waiting = ["again", "asked", "cancelled", "held", "paused", "signalled", "terminated"]
    const ended = ["deleted", "failed", "forked", "reset"]
    for (const runId of [...waiting, ...ended]) yield* c.start(holding, { runId, input })
    for (const runId of [...waiting, ...ended]) yield* waitsFor(c, runId, "signal")
    yield* c.sendUpdate("asked", ask, "answered before", { id: "before" })
    for (const runId of ended) {
      yield* c.terminate(runId)
      yield* eventually(
        `${runId} has ended`,
        Effect.map(c.get(runId), ({ status }) => status === "terminated")
      )
    }
  })
)

const schedule = (name: "nightly" | "weekly", text: string) =>
  defineSchedule(name, { workflow: greeting, input: text, cron: "0 3 * * *", timeZone: "Europe/Berlin" })

const again = (policy: "reject" | "replace" | "afterFinish") =>
  ({ runId: "again", input: `${input}, ${policy}`, policy, requestId: policy }) as const

/** Fails as whoever looks for something that is not there, and has looked. */
const notThere = <E extends { readonly _tag: string }, R>(call: Effect.Effect<unknown, E, R>) =>
  Effect.flatMap(Effect.flip(call), (error) => (error._tag.endsWith("NotFound") ? Effect.void : Effect.fail(error)))

/** Each call that somebody is granted: `transact` commits items as who asks, `moved` is a run of another store. */
export const everyCall = (
  transact: (items: ReadonlyArray<RowItem>) => Effect.Effect<void>,
  moved: unknown
): Readonly<Record<Exclude<CallName, `${string}Callback`>, Effect.Effect<unknown, unknown, any>>> => ({
  start: client((c) => c.start(holding, { runId: "started", input })),
  startItem: client((c) =>
    Effect.flatMap(c.startItem(holding, { runId: "with-a-row", input }), ({ items }) => transact(items))
  ),
  "start by a policy": client((c) =>
    Effect.gen(function* () {
      yield* c.start(holding, { ...again("reject"), runId: "first" })
      for (const policy of ["afterFinish", "replace"] as const) {
        yield* c.start(holding, again(policy))
        yield* c.start(holding, again(policy))
      }
      yield* c.start(holding, { runId: "typed", input, policy: "debounce", delay: "1 minute" })
      // What is there is compared as a value.
      yield* Effect.flip(c.start(holding, { runId: "held", input: `${input} and more` }))
      yield* Effect.flip(c.start(holding, { ...again("reject"), runId: "held" }))
    })
  ),
  execute: client((c) => c.execute(greeting, { runId: "executed", input: "Ada" })),
  signalWithStart: client((c) =>
    c.signalWithStart(holding, { runId: "with-a-signal", input, signal: approved, payload: { by: input } })
  ),
  sendUpdate: client((c) => c.sendUpdate("asked", ask, input, { id: "sent" })),
  update: client((c) => c.update("asked", ask, input, { id: "updated" })),
  updateAnswer: client((c) => c.updateAnswer("asked", ask, "before")),
  state: client((c) => c.state("held", seen)),
  watch: client((c) => Stream.runHead(c.watch("held", seen))),
  stream: client((c) => Stream.runHead(c.stream("held", said))),
  signalItem: client((c) =>
    Effect.flatMap(c.signalItem("held", approved, { by: input }, { id: "with-a-row" }), ({ items }) => transact(items))
  ),
  signal: client((c) => c.signal("signalled", approved, { by: input })),
  explainCancelled: client((c) =>
    Effect.flatMap(c.startItem(holding, { runId: "held", input: "Ada" }), (part) => c.explainCancelled([part]))
  ),
  cancel: client((c) => c.cancel("cancelled")),
  terminate: client((c) => c.terminate("terminated")),
  pause: client((c) => c.pause("paused")),
  resume: client((c) => c.resume("paused")),
  get: client((c) => c.get("every")),
  wait: client((c) => c.wait(holding, "held")),
  history: client((c) => c.history("every")),
  list: client((c) => c.list({ workflow: "holding" })),
  counts: client((c) => c.counts({ workflow: "holding" })),
  replayLive: replayLive([holding]),
  exportRun: exportRun("every"),
  retry: client((c) =>
    Effect.andThen(c.retry(holding, "failed", { dryRun: true }), c.retry(holding, "failed", { requestId: "once" }))
  ),
  reset: client((c) => c.reset(holding, "reset", { at: 1 })),
  fork: client((c) => c.fork(holding, "forked", { at: 1, runId: "fork" })),
  delete: client((c) => c.delete("deleted")),
  "schedules.ensure": client((c) =>
    Effect.gen(function* () {
      for (const name of ["nightly", "weekly"] as const) yield* c.schedules.ensure(schedule(name, input))
      yield* c.schedules.ensure(schedule("nightly", input))
      yield* c.schedules.ensure(schedule("nightly", `${input} again`))
    })
  ),
  "schedules.pause": client((c) => c.schedules.pause("nightly")),
  "schedules.resume": client((c) => c.schedules.resume("nightly")),
  "schedules.trigger": client((c) => c.schedules.trigger("nightly", { id: "now" })),
  "schedules.backfill": client((c) =>
    c.schedules.backfill("nightly", { from: Date.now() - 3_600_000, until: Date.now() })
  ),
  "schedules.get": client((c) => c.schedules.get("nightly")),
  "schedules.list": client((c) => c.schedules.list()),
  "schedules.remove": client((c) => c.schedules.remove("nightly")),
  "limits.get": client((c) => notThere(c.limits.get("none", "key"))),
  "limits.at": client((c) => notThere(c.limits.at("none/key"))),
  "limits.list": client((c) => c.limits.list()),
  importRun: importRun(moved)
})

/** What is compared, replayed or changed when its payload is gone: the difference of what is missing and what may not be seen. */
export const withoutPayloads: Readonly<Partial<Record<GrantName, Effect.Effect<unknown, unknown, Client>>>> = {
  restart: client((c) => c.start(holding, { runId: "started", input: `${input} and more` })),
  repair: client((c) => c.retry(holding, "failed", { dryRun: true })),
  schedule: client((c) => c.schedules.ensure(schedule("weekly", `${input} again`)))
}
