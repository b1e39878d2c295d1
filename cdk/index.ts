/** Deployment: `new Dynactor(this, "Workflows", { entry: "src/workflows.ts" })`. */
export type { DashboardSignIn } from "#src/http/dashboard/signIn"
export type { BundlingOptions } from "./bundling/bundling.ts"
export { Dynactor } from "./dynactor.ts"
export type { DynactorFunctions } from "./dynactorFunctions.ts"
export { DynactorGrants } from "./permissions/grants.ts"
export type { DynactorProps } from "./props.ts"
export type { WorkflowScheduleProps } from "./scheduleProps.ts"
