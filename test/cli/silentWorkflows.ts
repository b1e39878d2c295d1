import { desk } from "./secretWorkflows.ts"

/** An entry that exports neither what its runs publish nor all of their workflows. */

export const workflows = [desk]
