/** What the dev server's process is told by the one that started it. */
export interface WorkerOptions {
  /** Absolute. */
  readonly entry: string
  readonly filename: string
  /** As it was said by `--file`: other commands have to be told, too. */
  readonly fileFlag?: string
  readonly logFile: string
  readonly port: number
  readonly keepOld: boolean
  /** Standard input and output are a terminal: questions are asked there. */
  readonly canAsk: boolean
}

/** From the process at the terminal to the one that works. */
export type ToWorker =
  | { readonly kind: "reload"; readonly changed: ReadonlyArray<string> }
  | { readonly kind: "choice"; readonly choice: ReloadChoice }
  | { readonly kind: "stop" }

/** And back. */
export type FromWorker =
  /** What the entry was loaded from: a change of any of these is a reason to load it anew. */
  | { readonly kind: "files"; readonly files: ReadonlyArray<string>; readonly readSince: number }
  | { readonly kind: "ask"; readonly diverging: number; readonly live: number }

/**
 * Of runs that the new code does not come to the history of: `keep`: the old code goes on with those, the new one with all others. `old`: the old
 * code goes on with all. `new`: the new code takes all, and they are parked.
 */
export type ReloadChoice = "keep" | "old" | "new"
