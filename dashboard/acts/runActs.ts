import { cancelAct } from "./cancelAct.tsx"
import type { RunAct } from "./runAct.ts"
import { signalAct } from "./signalAct.tsx"

/** In the order of their buttons, those that cannot be undone last. */
export const runActs: ReadonlyArray<RunAct> = [signalAct, cancelAct]
