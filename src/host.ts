/** Hosts: what turns runs and works on steps. */
export { Host, type HostOptions, hostLayer, type StepServices } from "./streams/host.ts"
export type { LookResult } from "./streams/wakeups/lookThrough.ts"
export type { SweepResult } from "./streams/wakeups/sweeper.ts"
