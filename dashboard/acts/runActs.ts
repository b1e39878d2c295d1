import { cancelAct } from "./cancelAct.tsx"
import { forkAct } from "./copies/forkAct.tsx"
import { resetAct } from "./copies/resetAct.tsx"
import { retryAct } from "./copies/retryAct.tsx"
import { deleteAct } from "./deleteAct.tsx"
import { pauseAct } from "./pauseAct.tsx"
import { resumeAct } from "./resumeAct.tsx"
import type { RunAct } from "./runAct.ts"
import { signalAct } from "./signalAct.tsx"
import { terminateAct } from "./terminateAct.tsx"

/** In the order of their buttons, those that cannot be undone last. */
export const runActs: ReadonlyArray<RunAct> = [
  signalAct,
  pauseAct,
  resumeAct,
  retryAct,
  forkAct,
  resetAct,
  cancelAct,
  terminateAct,
  deleteAct
]
