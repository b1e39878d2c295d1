/**
 * What is to be done about a run of that id that is there.
 *
 * | policy | a run of that id |
 * | --- | --- |
 * | `existing` | is the one that was meant, if it is of this workflow and input; otherwise `RunConflict` |
 * | `reject` | is a `RunExists` |
 * | `replace` | is cancelled, if it has not ended: its finalizers and compensations run, and then this start |
 * | `afterFinish` | comes to its end first, and what was asked for before this as well |
 * | `debounce` | comes to its end first, if its time to begin has come; otherwise this start takes its place, and its `delay` begins anew |
 */
export type StartPolicy = "existing" | "reject" | "replace" | "afterFinish" | "debounce"

export const startPolicies: ReadonlyArray<StartPolicy> = ["existing", "reject", "replace", "afterFinish", "debounce"]
