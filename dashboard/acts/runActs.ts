import { cancelAct } from "./cancelAct.tsx"
import { deleteAct } from "./deleteAct.tsx"
import { pauseAct } from "./pauseAct.tsx"
import { resumeAct } from "./resumeAct.tsx"
import type { RunAct } from "./runAct.ts"
import { signalAct } from "./signalAct.tsx"
import { terminateAct } from "./terminateAct.tsx"

/** In the order of their buttons, those that cannot be undone last. */
export const runActs: ReadonlyArray<RunAct> = [signalAct, pauseAct, resumeAct, cancelAct, terminateAct, deleteAct]
