/** What the API answers. The shapes of what `dynactor/inspection` reads are its own; none of its code comes with them. */
export type { DashboardSignIn } from "../../src/http/dashboard/signIn.ts"
export type { Comparison } from "../../src/inspection/shapes/comparison.ts"
export type { RunCost } from "../../src/inspection/shapes/cost.ts"
export type { DeadLetter, DeadLetters, DeadStep } from "../../src/inspection/shapes/deadLetters.ts"
export type { WorkflowInfo } from "../../src/inspection/shapes/definition.ts"
export type { GenerationInfo, RunNode, RunTree } from "../../src/inspection/shapes/run.ts"
export type { FailedAttempt, Timeline, TimelineCommand, TimelineEntry } from "../../src/inspection/shapes/timeline.ts"
export type { ErrorLink, ShownError, ShownValue } from "../../src/inspection/shapes/value.ts"
export type { Why, WhyWait } from "../../src/inspection/shapes/why.ts"

export type Status =
  | "accepted"
  | "running"
  | "succeeded"
  | "failed"
  | "cancelled"
  | "terminated"
  | "parked"
  | "paused"
  | "continued"
  | "missing"

/** Those that runs are listed by, those that want somebody's eye first. */
export const listedStatuses = ["running", "parked", "paused", "failed", "terminated", "cancelled", "succeeded"] as const
export type ListedStatus = (typeof listedStatuses)[number]

export interface RunSummary {
  readonly runId: string
  readonly generation: number
  readonly workflow: string
  readonly definitionVersion: string
  readonly status: Status
  readonly startedAt: number
  readonly updatedAt: number
  readonly tags?: Readonly<Record<string, string>>
}

/** Times are epoch milliseconds. */
/** A key of a limit. Times are epoch milliseconds. */
export interface LimitShown {
  readonly place: string
  readonly limit: string
  readonly runId: string
  readonly status: "starting" | "active" | "held" | "ended"
  readonly spec?: {
    readonly concurrency: number | null
    readonly rate: { readonly count: number; readonly periodMs: number } | null
  }
  readonly held: number
  readonly queued: number
  readonly total: number
  readonly holders: ReadonlyArray<string>
  readonly waitingSince?: number
  readonly heldBackUntil?: number
}

export interface ScheduleShown {
  readonly schedule: string
  readonly runId: string
  readonly status: "starting" | "active" | "paused" | "held" | "removed" | "ended"
  readonly why?: string
  /** Absent while it is starting. */
  readonly spec?: {
    readonly workflow: string
    readonly times:
      | { readonly _tag: "cron"; readonly expression: string; readonly zone: string }
      | { readonly _tag: "every"; readonly everyMs: number; readonly offsetMs: number }
    readonly overlap: string
  }
  readonly paused?: { readonly at: number; readonly note?: string }
  readonly next: ReadonlyArray<number>
  readonly recent: ReadonlyArray<{
    readonly scheduledAt: number
    readonly runId?: string
    readonly state: string
    readonly why?: string
  }>
  readonly queued: number
  readonly backfills?: ReadonlyArray<{ readonly from: number; readonly until: number }>
  readonly started: number
  readonly skipped: number
}

export interface RunPage {
  readonly runs: ReadonlyArray<RunSummary>
  readonly cursor?: string
}

export interface Counts {
  readonly counts: Readonly<Record<string, { readonly count: number; readonly isMore: boolean }>>
}

export interface Wait {
  readonly kind: "step" | "timer" | "child" | "run" | "callback" | "signal" | "limit" | "update" | "cancellation"
  readonly key?: string
  readonly name?: string
  readonly workflow?: string
  readonly runId?: string
  readonly for?: string
  readonly due?: string
  readonly expires?: string
  readonly attempt?: number
  readonly lastError?: string
  readonly worker?: string
  readonly nextTry?: string
  /** Of a limit: `<limit>/<key>`, and where in line. */
  readonly place?: string
  readonly position?: number
  readonly queued?: number
  readonly held?: number
  readonly until?: string
}

export interface RunDescription extends RunSummary {
  readonly messages: number
  readonly waitingFor: ReadonlyArray<Wait>
  readonly retriedSteps?: ReadonlyArray<{
    readonly key: string
    readonly attempts: number
    readonly lastError: string
    readonly at: number
  }>
  readonly unread?: ReadonlyArray<{ readonly name: string; readonly for?: string; readonly count: number }>
  readonly parked?: { readonly _tag?: string; readonly message?: string; readonly [field: string]: unknown }
  readonly outcome?: string
  readonly parentRunId?: string
}

type Names = ReadonlyArray<string> | null

/** What is deployed. `null`: the server does not say, and takes any. */
export interface Definitions {
  readonly workflows: ReadonlyArray<{
    readonly name: string
    readonly version: string
    readonly input?: unknown
    readonly output?: unknown
    readonly error?: unknown
    readonly errors?: ReadonlyArray<string>
    readonly secrets?: ReadonlyArray<string>
  }>
  readonly signals: Names
  readonly states: Names
  readonly updates: Names
  readonly callbacks: Names
  readonly streams: Names
}

export interface StreamItem {
  readonly _tag: "Value" | "Superseded"
  readonly position: number
  readonly value?: unknown
  readonly at?: number
  readonly source?: { readonly from: "body" | "step"; readonly step?: string; readonly attempt?: number }
  readonly step?: string
}

export interface StreamPage {
  readonly items: ReadonlyArray<StreamItem>
  readonly next: number
  readonly isOver: boolean
}

export const isOver = (status: Status): boolean =>
  status === "succeeded" ||
  status === "failed" ||
  status === "cancelled" ||
  status === "terminated" ||
  status === "continued"
