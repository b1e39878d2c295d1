/** Deployment: `new Dynactor(this, "Workflows", { entry: "src/workflows.ts" })`. */
export type { BundlingOptions } from "./bundling/bundling.ts"
export { Dynactor } from "./dynactor.ts"
export type { DynactorFunctions } from "./dynactorFunctions.ts"
export { DynactorGrants } from "./permissions/grants.ts"
export type { DynactorProps } from "./props.ts"
