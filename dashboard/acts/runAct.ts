import type { ComponentChildren } from "preact"
import type { Status } from "../api/shapes.ts"

export interface ActField {
  readonly name: string
  readonly label: string
  readonly hint?: string
  /** Default `text`: one line. `json`: of any length; what it holds is given to `request` as it is typed, and is JSON by then. `number`: digits. */
  readonly kind?: "text" | "number" | "json"
  /** It must not be empty. */
  readonly isRequired?: boolean
  /** Words that are offered. */
  readonly options?: ReadonlyArray<string>
  /** Names of this kind are offered, those that the run waits for first: of what is deployed. */
  readonly offers?: "signals" | "updates"
}

/**
 * Something that can be done with a run, and with many at a time. In `runActs` it has its button, its key and its dialog on the page of a run, and
 * its button in the bar of the list where runs are selected.
 */
export interface RunAct {
  readonly id: string
  /** Of the button; a dialog follows: with an ellipsis. */
  readonly label: string
  /** On the page of a run: one key. */
  readonly keys?: string
  /** For the list of keys: `cancel it (asks first)`. */
  readonly what: string
  /** It cannot be undone: the dialog says so, and its button is red. */
  readonly isDangerous?: boolean
  /** It makes no sense for many runs at a time. */
  readonly isForOne?: boolean
  /** Of runs that stand so. */
  readonly fits: (status: Status) => boolean
  /** `which` is `this run` or `12 runs`. */
  readonly title: (which: string) => string
  /** What it does, in a sentence or two. `which` is the id of the one run, or `12 runs`. */
  readonly says: (which: ComponentChildren, isMany: boolean) => ComponentChildren
  /** What the button of the dialog says: the deed itself, not "OK". */
  readonly deed: string
  /** What the other button says. Default: `Leave it` */
  readonly back?: string
  readonly fields?: ReadonlyArray<ActField>
  /** What was asked of the API for one run, told when it has answered. */
  readonly told: (which: string, values: Readonly<Record<string, string>>) => string
  /** `mark` is another one for each dialog, and the same when it is tried again: for what is idempotent by an id. */
  readonly request: (
    runId: string,
    values: Readonly<Record<string, string>>,
    mark: string
  ) => { readonly path: ReadonlyArray<string>; readonly body: unknown }
}
