export type { BundlingOptions } from "./bundling.ts"
