import { Duration, RemovalPolicy, Stack } from "aws-cdk-lib"
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam"
import type { IKey } from "aws-cdk-lib/aws-kms"
import type { IFunction } from "aws-cdk-lib/aws-lambda"
import { CfnSchedule, CfnScheduleGroup } from "aws-cdk-lib/aws-scheduler"
import type { Construct } from "constructs"
import { schedulerRolePermissions } from "#src/streams/lambda/permissions"
import { defined } from "../defined.ts"
import { keyStatements, type Resources, statementsFor } from "../permissions/statements.ts"

/** Without a name of our own, so that a stack may be made again beside a group that an earlier one has left. */
export const makeScheduleGroup = (scope: Construct, throwaway: boolean): CfnScheduleGroup => {
  const group = new CfnScheduleGroup(scope, "ScheduleGroup")
  // With the group its timers would go.
  group.applyRemovalPolicy(throwaway ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN)
  return group
}

/** Assumed by schedules of this account and this group, and by no others. */
const schedulerPrincipal = (scope: Construct, group: CfnScheduleGroup) =>
  new ServicePrincipal("scheduler.amazonaws.com", {
    conditions: { StringEquals: { "aws:SourceAccount": Stack.of(scope).account, "aws:SourceArn": group.attrArn } }
  })

/** Puts the rows of timers that have come due. It may do nothing else. */
export const makeTimerRole = (
  scope: Construct,
  group: CfnScheduleGroup,
  resources: Pick<Resources, "table" | "encryptionKeys">
): Role =>
  new Role(scope, "SchedulerRole", {
    description: "EventBridge Scheduler puts the rows of timers",
    assumedBy: schedulerPrincipal(scope, group),
    inlinePolicies: {
      timers: new PolicyDocument({ statements: statementsFor(schedulerRolePermissions, resources) })
    }
  })

export interface PurgeScheduleOptions {
  readonly purge: IFunction
  readonly group: CfnScheduleGroup
  readonly interval: Duration
  readonly encryptionKey: IKey | undefined
}

/** Invokes the purge, as the sweeper's schedule does the sweeper: one that fails is followed by the next. */
export const makePurgeSchedule = (scope: Construct, options: PurgeScheduleOptions): CfnSchedule => {
  const { purge, group, interval, encryptionKey } = options
  const minutes = interval.toMinutes()
  purge.configureAsyncInvoke({ retryAttempts: 0, maxEventAge: Duration.minutes(Math.min(minutes, 6 * 60)) })
  const keys = encryptionKey === undefined ? [] : [encryptionKey.keyArn]
  const invoke = new PolicyStatement({ actions: ["lambda:InvokeFunction"], resources: [purge.functionArn] })
  const role = new Role(scope, "PurgeScheduleRole", {
    description: "EventBridge Scheduler invokes the purge",
    assumedBy: schedulerPrincipal(scope, group),
    inlinePolicies: { purge: new PolicyDocument({ statements: [invoke, ...keyStatements(keys)] }) }
  })
  return new CfnSchedule(scope, "PurgeSchedule", {
    groupName: group.ref,
    description: "Runs that are older than they are to be kept, and those that were deleted",
    scheduleExpression: `rate(${minutes} ${minutes === 1 ? "minute" : "minutes"})`,
    flexibleTimeWindow: { mode: "OFF" },
    target: { arn: purge.functionArn, roleArn: role.roleArn, retryPolicy: { maximumRetryAttempts: 0 } },
    ...defined({ kmsKeyArn: encryptionKey?.keyArn })
  })
}

export interface SweepScheduleOptions {
  readonly sweep: IFunction
  /** The event. */
  readonly input: string
  readonly group: CfnScheduleGroup
  readonly interval: Duration
  readonly encryptionKey: IKey | undefined
}

/**
 * Invokes the sweeper. One that fails is not tried again, by Scheduler nor by Lambda, and one that is throttled is not kept for
 * later than the next: that one does the same work. Scheduler's policy is about handing the event over, and no more: what it hands
 * over is in a queue of Lambda's, which by default tries twice again and keeps events for six hours
 * (https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html).
 */
export const makeSweepSchedule = (scope: Construct, options: SweepScheduleOptions): CfnSchedule => {
  const { sweep, input, group, interval, encryptionKey } = options
  const minutes = interval.toMinutes()
  sweep.configureAsyncInvoke({ retryAttempts: 0, maxEventAge: Duration.minutes(Math.min(minutes, 6 * 60)) })
  const keys = encryptionKey === undefined ? [] : [encryptionKey.keyArn]
  const invoke = new PolicyStatement({ actions: ["lambda:InvokeFunction"], resources: [sweep.functionArn] })
  const role = new Role(scope, "SweepScheduleRole", {
    description: "EventBridge Scheduler invokes the sweeper",
    assumedBy: schedulerPrincipal(scope, group),
    inlinePolicies: { sweep: new PolicyDocument({ statements: [invoke, ...keyStatements(keys)] }) }
  })
  return new CfnSchedule(scope, "SweepSchedule", {
    groupName: group.ref,
    description: "Runs that have lost a wake-up, and parked ones",
    scheduleExpression: `rate(${minutes} ${minutes === 1 ? "minute" : "minutes"})`,
    flexibleTimeWindow: { mode: "OFF" },
    target: {
      arn: sweep.functionArn,
      roleArn: role.roleArn,
      retryPolicy: { maximumRetryAttempts: 0 },
      input
    },
    ...defined({ kmsKeyArn: encryptionKey?.keyArn })
  })
}
