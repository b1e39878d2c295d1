import { createHash } from "node:crypto"
import type { SchedulerClient } from "@aws-sdk/client-scheduler"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { placeOfAddress } from "../../../actor/history/generation.ts"
import { messageKey, type TimerMessage } from "../../../actor/history/message.ts"
import type { RunTable } from "../../runTable.ts"
import { type ScheduledTimer, type Timer, Timers } from "../../timers.ts"
import { awsAsk, awsCall } from "../calls/awsCall.ts"
import { sortError } from "../calls/awsErrors.ts"
import type { Lazy } from "../calls/lazy.ts"
import { toAttributes } from "../table/attributes.ts"
import { addressPartition } from "../table/keys.ts"
import { messageItem } from "../table/messageItem.ts"

export interface SchedulerTimersOptions {
  readonly scheduler: Lazy<SchedulerSdk>
  readonly table: RunTable["Service"]
  /** Where timers wait that Scheduler has no room for. Without one they are refused. */
  readonly queue?: { readonly send: SendTimers }
  readonly tableName: string
  readonly tenant: string
  /** Default: the group `default`. */
  readonly groupName?: string | undefined
  /** May put items into the table, and is assumed by scheduler.amazonaws.com. */
  readonly roleArn: string
  /** Default: a key of Scheduler's own. */
  readonly keyArn?: string | undefined
}

export interface SchedulerSdk {
  readonly client: SchedulerClient
  readonly commands: Pick<typeof import("@aws-sdk/client-scheduler"), "CreateScheduleCommand" | "DeleteScheduleCommand">
}

/** A schedule fires at some moment of the minute that it names: one minute early, it is never late. */
const earlyMs = 60_000

/** A schedule in the past is refused: nearer than this, the row is put at once. */
const leastLeadMs = 2_000

/**
 * How far ahead a schedule is made. Scheduler takes no date beyond the year 9999, and what will be in a hundred years (its limits, this
 * role, this table) is nobody's to promise: a timer that is due later is a chain of schedules.
 */
const spanMs = 365 * 24 * 3_600_000

/**
 * The due time of the next link: a whole number of spans before the timer's own, so that it is the same whoever asks, and how often.
 */
const nextLink = (due: number, now: number): number => due - Math.max(0, Math.ceil((due - now) / spanMs) - 1) * spanMs

/**
 * Long timers as one-time schedules of EventBridge Scheduler, which put the timer's row themselves: no function in between.
 * A schedule's name is made from its timer, so that making it twice makes one, and it deletes itself once it has fired.
 *
 * Where the account has as many schedules as its quota allows, a timer waits on the step queue, as all do where there is no role:
 * a receipt every quarter of an hour, and no run stands still for others' timers.
 */
export const makeSchedulerTimers = (options: SchedulerTimersOptions): Timers["Service"] => {
  const { scheduler, table, groupName, keyArn, roleArn } = options
  const group = groupName === undefined ? {} : { GroupName: groupName }
  const key = keyArn === undefined ? {} : { KmsKeyArn: keyArn }
  const hops = options.queue === undefined ? undefined : makeQueueTimers(options.queue)
  const target = {
    service: "scheduler",
    action: "scheduler:CreateSchedule",
    resource: `schedule group ${groupName ?? "default"}`,
    also: `and may iam:PassRole ${roleArn}, which scheduler.amazonaws.com must be able to assume`
  } as const

  const schedule = Effect.fnUntraced(function* ({ after = 0, ...timer }: ScheduledTimer) {
    const now = yield* Clock.currentTimeMillis
    // Not the link that has come once more, whatever the clock says: its row is there, and would not ring again.
    const link = { ...timer, due: nextLink(timer.due, Math.max(now, after)) }
    // Down to the second: the expression has no room for less.
    const fireAt = Math.floor((link.due - earlyMs) / 1000) * 1000
    if (fireAt < now + leastLeadMs) {
      yield* table.put(link.runId, { kind: "timer", at: now, key: link.key, due: link.due })
      return
    }
    const end = yield* awsAsk<"made" | "full">(
      "Timers.schedule",
      target,
      async (abortSignal) => {
        const { client, commands } = await scheduler()
        const command = new commands.CreateScheduleCommand({
          ...group,
          ...key,
          Name: scheduleName(options, link),
          ScheduleExpression: `at(${new Date(fireAt).toISOString().slice(0, 19)})`,
          ScheduleExpressionTimezone: "UTC",
          FlexibleTimeWindow: { Mode: "OFF" },
          ActionAfterCompletion: "DELETE",
          Target: targetOf(options, link)
        })
        await client.send(command, { abortSignal })
        return "made"
      },
      (error) => {
        // Made before, by us or by a turn that lost its race. A group that is being deleted is another conflict.
        if (error.name === "ConflictException" && !/delet/i.test(error.message)) return { answer: "made" }
        return hops !== undefined && sortError("scheduler", error) === "quota" ? { answer: "full" } : undefined
      }
    )
    if (end === "made" || hops === undefined) return
    yield* Effect.logWarning(
      `Scheduler's quota of schedules is used up: timer ${timer.key} of run ${placeOfAddress(timer.runId)} waits on the step queue; raise the quota`
    )
    yield* hops.schedule(timer)
  })

  const clear = Effect.fnUntraced(function* (timer: Timer) {
    const now = yield* Clock.currentTimeMillis
    yield* awsCall(
      { operation: "Timers.clear", place: target.resource },
      async (abortSignal) => {
        const { client, commands } = await scheduler()
        const Name = scheduleName(options, { ...timer, due: nextLink(timer.due, now) })
        await client.send(new commands.DeleteScheduleCommand({ ...group, Name }), { abortSignal })
      },
      ({ name }) => (name === "ResourceNotFoundException" ? { answer: undefined } : undefined)
    )
  })

  return Timers.of({ schedule, clear })
}

/** Up to 64 of `[0-9a-zA-Z-_.]`; no two timers of any table that shares the group have the same. */
export const scheduleName = (
  options: { readonly tableName: string; readonly tenant: string },
  timer: Timer
): string => {
  const identity = JSON.stringify([options.tableName, options.tenant, timer.runId, timer.key, timer.due])
  return `timer-${createHash("sha256").update(identity).digest("base64url")}`
}

const targetOf = ({ tableName, tenant, roleArn }: SchedulerTimersOptions, { runId, key, due }: Timer) => {
  // The row's time is written now for then: a run takes a timer's due time where that is later.
  const message: TimerMessage = { kind: "timer", at: due, key, due }
  const row = { pk: addressPartition(tenant, runId), sk: messageKey(message), ...messageItem(message) }
  const partition = roleArn.split(":")[1] ?? "aws"
  return {
    Arn: `arn:${partition}:scheduler:::aws-sdk:dynamodb:putItem`,
    RoleArn: roleArn,
    Input: JSON.stringify({
      TableName: tableName,
      Item: toAttributes(row),
      ConditionExpression: "attribute_not_exists(pk)"
    })
  }
}

/**
 * Long timers where there is no Scheduler: a message on the step queue that is not yet due when it arrives and waits on, from
 * one longest delay to the next. No token: a timer's row that no head waits for is set aside.
 */
export const makeQueueTimers = (queue: { readonly send: SendTimers }): Timers["Service"] =>
  Timers.of({
    schedule: ({ runId, key, due }) =>
      queue.send([{ kind: "timer", runId, key, due, index: 0, token: null, notBefore: due }]),
    clear: () => Effect.void
  })

type SendTimers = import("../../stepQueue.ts").StepQueue["Service"]["send"]
