import type { Duration } from "aws-cdk-lib"

/** A schedule of a deployment, as data: when runs of which workflow start, with which input. When: by `cron`, or by `every`. */
export interface WorkflowScheduleProps {
  /** Its run is `schedule/<name>`, and the run of a time `<name>/<time>`. No other schedule of the deployment has this name. */
  readonly name: string
  /** The name of one of the entry's `workflows`. */
  readonly workflow: string
  /**
   * @default - the version that the entry lists last
   */
  readonly version?: string
  /**
   * Of each run, as the schema of the workflow's input encodes it: JSON, in which texts may be tokens, such as the name of a bucket. It stands in the
   * template: nothing secret.
   *
   * @default null
   */
  readonly input?: unknown
  /** Five fields (minute, hour, day of the month, month, day of the week), or six that begin with seconds. */
  readonly cron?: string
  /**
   * Of `cron`, such as `"Europe/Berlin"`.
   *
   * @default "UTC"
   */
  readonly timeZone?: string
  /**
   * Of `cron`, in the hour that comes twice a year: the first time, the second, or both.
   *
   * @default "earlier"
   */
  readonly onDstOverlap?: "earlier" | "later" | "both"
  /** A second or more: at each whole multiple of it since 1970 in UTC. */
  readonly every?: Duration
  /**
   * Of `every`: so much later.
   *
   * @default Duration.millis(0)
   */
  readonly offset?: Duration
  /**
   * While the run before goes on.
   *
   * @default "skip"
   */
  readonly overlap?: "skip" | "queue" | "allow" | "replace"
  /**
   * Of times that have passed meanwhile: the latest, none, or each that is not later than this.
   *
   * @default "latest"
   */
  readonly catchUp?: "latest" | "none" | Duration
  /**
   * Its runs start later by one shift up to this, which follows from the name.
   *
   * @default Duration.millis(0)
   */
  readonly jitter?: Duration
  /**
   * @default - no times are too early
   */
  readonly startsAt?: Date
  /**
   * @default - it does not end
   */
  readonly endsAt?: Date
}
