import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { lengthOf } from "../../../actor/definitions/assertOptions.ts"
import { TagsInvalid } from "../../../actor/errors.ts"
import { checkTags } from "../../../actor/tags/tags.ts"
import { Client } from "../../../client/client.ts"
import { doToEach } from "../../../client/many/doToEach.ts"
import { pageOfRuns, saysWhich, type WantedRuns } from "../../../client/many/pageOfRuns.ts"
import { usualStatus } from "../../../client/many/usualStatus.ts"
import type { ManyBody, Where } from "../../definition/many/manyBody.ts"
import { BadRequest } from "../../errors.ts"
import type { ApiDefinitions } from "../definitions.ts"
import { timeOf } from "../listQuery.ts"
import { refusal, refusalOf, whenBroken } from "../refusals.ts"
import { resetRun, retryRun } from "../repairs/repairs.ts"
import type { ApiResponse } from "../response.ts"
import { cancelRun, deleteOptions, deleteRun, pauseRun, resumeRun, terminateRun } from "../runs.ts"

type Asked = typeof ManyBody.Type

/** A look at a part of the runs, then their turn: an answer is to be there before a function's time is over. */
const atATime = 24
const answersWithinMs = 10_000

export const actOnMany = Effect.fnUntraced(function* (body: Asked, definitions: ApiDefinitions) {
  const { cursor, dryRun = false, limit = 100 } = body
  const client = yield* Client
  const until = (yield* Clock.currentTimeMillis) + answersWithinMs
  const wanted = yield* wantedOf(body)
  const each = yield* actOf(body, definitions)
  const all = { runIds: [] as Array<string>, answers: [] as Array<ApiResponse>, failed: [] as Array<object> }
  let next = cursor
  do {
    const part = {
      limit: Math.min(atATime, limit - all.runIds.length),
      ...(next === undefined ? {} : { cursor: next })
    }
    const page = yield* pageOfRuns(client.list, wanted, part)
    const { answers, failed } = yield* each === undefined
      ? Effect.succeed({ answers: [], failed: [] })
      : doToEach(page.runIds, each, failureOf)
    all.runIds.push(...page.runIds)
    all.answers.push(...answers)
    all.failed.push(...failed)
    next = page.cursor
  } while (next !== undefined && all.runIds.length < limit && (yield* Clock.currentTimeMillis) < until)
  return {
    status: 200,
    body: {
      runIds: all.runIds,
      done: dryRun ? 0 : all.answers.length,
      failed: all.failed,
      ...(dryRun ? { dryRun } : {}),
      ...(dryRun && each !== undefined ? { plans: all.answers.map(({ body: plan }) => plan) } : {}),
      ...(next === undefined ? {} : { cursor: next })
    }
  } satisfies ApiResponse
})

type One = (runId: string) => Effect.Effect<ApiResponse, unknown, Client>

/** What is done to one of them. Undefined: nothing, and of what would be done there is no more to say than to which. */
const actOf = Effect.fnUntraced(function* (body: Asked, definitions: ApiDefinitions) {
  if (body.act === "delete") yield* deleteOptions(body)
  if (body.act === "retry") {
    const options = withoutWhich(body)
    return ((runId) => retryRun(options, definitions, runId)) satisfies One as One
  }
  if (body.act === "reset") {
    const options = withoutWhich(body)
    return ((runId) => resetRun(options, definitions, runId)) satisfies One as One
  }
  return body.dryRun === true ? undefined : plainAct(body)
})

const plainAct = (body: Exclude<Asked, { readonly act: "retry" | "reset" }>): One => {
  switch (body.act) {
    case "cancel": {
      const { dryRun: _, ...options } = withoutWhich(body)
      return (runId) => cancelRun(options, runId)
    }
    case "terminate": {
      const { dryRun: _, ...options } = withoutWhich(body)
      return (runId) => terminateRun(options, runId)
    }
    case "pause": {
      const { dryRun: _, ...options } = withoutWhich(body)
      return (runId) => pauseRun(options, runId)
    }
    case "resume": {
      const { dryRun: _, ...options } = withoutWhich(body)
      return (runId) => resumeRun(options, runId)
    }
    case "delete": {
      const { dryRun: _, ...options } = withoutWhich(body)
      return (runId) => deleteRun(options, runId)
    }
  }
}

/** What the request for one run would hold. */
const withoutWhich = <A extends Asked>({ act: _, cursor: _cursor, limit: _limit, where: _where, ...options }: A) =>
  options

const wantedOf = Effect.fnUntraced(function* ({
  act,
  where
}: {
  readonly act: Asked["act"]
  readonly where: typeof Where.Type
}) {
  if (!saysWhich(where))
    return yield* new BadRequest({ message: "where: nothing says which runs, and nobody means all of them by that" })
  const { idleFor, since, status = usualStatus[act], tags = {}, until, ...rest } = where
  const wrong = checkTags(tags)
  if (wrong !== undefined) return yield* new TagsInvalid({ message: wrong })
  const idleMs = idleFor === undefined ? undefined : lengthOf(idleFor)
  if (idleMs !== undefined && !(idleMs >= 0))
    return yield* new BadRequest({
      message: `idleFor: ${JSON.stringify(idleFor)} is neither milliseconds nor such as "2 days"`
    })
  return {
    ...rest,
    ...(status === "any" ? {} : { status }),
    ...(Object.keys(tags).length === 0 ? {} : { tags }),
    ...(since === undefined ? {} : { since: yield* timeOf("since", since) }),
    ...(until === undefined ? {} : { until: yield* timeOf("until", until) }),
    ...(idleMs === undefined ? {} : { idleSince: (yield* Clock.currentTimeMillis) - idleMs })
  } satisfies WantedRuns as WantedRuns
})

/** As the request for this run alone would be answered. */
const failureOf = Effect.fnUntraced(function* (cause: Cause.Cause<unknown>) {
  const error = Option.getOrUndefined(Cause.findErrorOption(cause))
  if (error === undefined) yield* Effect.logError("one of many runs failed", cause)
  const { body } =
    error === undefined
      ? refusal(500, "InternalError", whenBroken)
      : yield* refusalOf(error as Parameters<typeof refusalOf>[0])
  return { error: body.error, message: body.message }
})
