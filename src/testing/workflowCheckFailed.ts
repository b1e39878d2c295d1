import { errorPage } from "../actor/errorPages.ts"
import type { Problem } from "./verdicts/problem.ts"

/** A schedule that the workflow does not survive. Its message is the story. */
export class WorkflowCheckFailed extends Error {
  override readonly name = "WorkflowCheckFailed"
  readonly kind: Problem["kind"]
  readonly workflow: string
  readonly seed: number
  /** The schedule that failed, counted from 1. */
  readonly schedule: number
  /** What is left of its plan. */
  readonly plan: ReadonlyArray<string>

  /** The section about it, in the pages that come with the package. */
  get help(): string {
    return errorPage("WorkflowCheckFailed")
  }

  constructor(
    message: string,
    options: Pick<WorkflowCheckFailed, "kind" | "workflow" | "seed" | "schedule" | "plan" | "cause">
  ) {
    super(message, { cause: options.cause })
    this.kind = options.kind
    this.workflow = options.workflow
    this.seed = options.seed
    this.schedule = options.schedule
    this.plan = options.plan
  }
}
