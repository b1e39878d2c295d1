/** A small edit to a source file. `find` occurs there exactly once: if it does not, the source has moved on, and the bug with it. */
export interface Edit {
  readonly file: string
  readonly find: string
  readonly replace: string
}

/** A bug as somebody might make it: one mistake, mostly in one place. */
export interface Bug extends Edit {
  readonly name: string
  /** The invariant that it breaks (`docs/architecture.md`). What notices it first may be another. */
  readonly breaks: string
  /** The other places of a mistake that takes more than one. */
  readonly and?: ReadonlyArray<Edit>
  /** Why nobody can tell it from the right code. Such a bug is kept for its proof, and not counted as planted. */
  readonly equivalent?: string
}

/** Two bugs of the bank at once, by name: one may hide the other. */
export type Pair = readonly [first: string, second: string]

/** A bug of what no simulated world runs (adapters, the shell on Lambda) or draws (odd values), and the test that is there to notice it. */
export interface AdapterBug extends Edit {
  readonly name: string
  /** Below `test/`. */
  readonly test: string
  /** The test, or its first words; with those of its group before it. */
  readonly noticedBy: string
}
