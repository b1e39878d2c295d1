import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as RcMap from "effect/RcMap"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import { randomToken } from "../../../store/randomToken.ts"
import { RunTable } from "../../../store/runTable.ts"
import { eventStreamHeaders } from "../../eventTexts.ts"
import { ChangeLog, type Changes, isMark } from "./changeLog.ts"
import { lookAtRuns } from "./lookAtRuns.ts"

export interface ChangesSource {
  /** Undefined: there is no such tenant. */
  readonly servicesOf: (tenant: string) => Context.Context<RunTable> | undefined
}

/** A log for each tenant that somebody listens to. It goes on for a while after the last one has left: who comes back goes on where they were. */
export const openChanges = ({ servicesOf }: ChangesSource) =>
  RcMap.make({
    lookup: Effect.fnUntraced(function* (tenant: string) {
      const services = servicesOf(tenant)
      if (services === undefined) return yield* Effect.die(new Error(`this server has no tenant ${tenant}`))
      const table = Context.get(services, RunTable)
      const log = new ChangeLog(yield* randomToken, table.onChange !== undefined)
      if (table.onChange === undefined) yield* Effect.forkScoped(lookAtRuns(table, log))
      else yield* table.onChange(log.tell)
      return log
    }),
    idleTimeToLive: "1 minute"
  })

export type OpenChanges = Effect.Success<ReturnType<typeof openChanges>>

/** What comes within it is told together. */
const togetherMs = 100
const keepAliveMs = 15_000

/** The answer to `GET /events`. */
export const answerChanges = Effect.fnUntraced(function* (
  changes: OpenChanges,
  tenant: string,
  lastEventId: string | undefined
) {
  const body = yield* Stream.toReadableStreamEffect(Stream.encodeText(changeEvents(changes, tenant, lastEventId)))
  return new Response(body, { status: 200, headers: eventStreamHeaders })
})

/**
 * Which runs of a tenant have changed, as server-sent events, as long as the connection lasts.
 *
 * | event | data |
 * | --- | --- |
 * | `open` | `{ isComplete }`: whether every change is told of |
 * | `changed` | `{ runIds }`: those runs; `null`: some, look at all of them |
 */
const changeEvents = (changes: OpenChanges, tenant: string, lastEventId: string | undefined) => {
  const texts = Stream.unwrap(
    Effect.map(RcMap.get(changes, tenant), (log) => {
      const from = lastEventId !== undefined && isMark(lastEventId) ? lastEventId : log.mark
      const opened = eventText("open", from, { isComplete: log.isComplete })
      return Stream.concat(Stream.succeed(opened), Stream.map(changesSince(log, from), changedText))
    })
  )
  const comments = Stream.fromSchedule(Schedule.spaced(keepAliveMs)).pipe(Stream.map(() => ": still here\n\n"))
  // No word on when to come back: a client of the definition takes it for the end of the stream.
  return Stream.concat(Stream.succeed(": here\n\n"), Stream.merge(texts, comments, { haltStrategy: "left" }))
}

const changesSince = (log: ChangeLog, from: string): Stream.Stream<Changes> =>
  Stream.unfold(from, (mark) =>
    Effect.gen(function* () {
      for (;;) {
        yield* log.wait(mark)
        yield* Effect.sleep(togetherMs)
        const changes = log.since(mark)
        if (changes !== undefined) return [changes, changes.mark] as const
      }
    })
  )

const changedText = ({ mark, runIds }: Changes): string => eventText("changed", mark, { runIds })

const eventText = (event: string, id: string, data: unknown): string =>
  `event: ${event}\nid: ${id}\ndata: ${JSON.stringify(data)}\n\n`
