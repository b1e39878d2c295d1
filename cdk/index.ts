/** Deployment: `new Dynactor(this, "Workflows", { entry: "src/workflows.ts" })`. */
export type { BundlingOptions } from "./bundling.ts"
export { Dynactor, type DynactorFunctions } from "./dynactor.ts"
export { DynactorGrants } from "./grants.ts"
export type { DynactorProps } from "./props.ts"
