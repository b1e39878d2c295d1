import { isSealedText } from "../../values/sealed.ts"

/**
 * A generation that begins with the first messages of another one, its source. They are no rows of its own until its first turn, which puts them and
 * adopts them all, in the order in which the source had adopted them. What the source has adopted never changes, so whoever takes that turn, and how
 * often, comes to the same.
 */
export interface CopiedFrom {
  readonly how: CopyKind
  /** The address of the source. */
  readonly address: string
  /** How many of the messages of the source. */
  readonly count: number
  /** How many of them came before the start: decisions about a run that had not begun. Absent: none. */
  readonly before?: number
  /** Logical time at which the body began. */
  readonly at: number
  /** Logical time at which the run started, as the body sees it. */
  readonly startedAt: number
  /** The run that had started it, as the body sees it. */
  readonly parentRunId?: string
  /** Which part of the copy has run at which address, in order. The last one ends at `count`. */
  readonly pieces: ReadonlyArray<CopiedPiece>
  /** Under which keys services know its steps. Absent: it is another run, and they have keys of its own. */
  readonly known?: KnownKeys
  /** Outcomes in place of those of the source: JSON of {@link EditedOutcomes}. */
  readonly edits?: string
  /**
   * Patches whose new way what is copied has gone, and which the code of whoever asked for the copy knows. An older build may come to the end of what is
   * copied without them, and would go on the old way. Absent: none.
   */
  readonly patches?: ReadonlyArray<string>
  /** For people. */
  readonly reason?: string
}

/**
 * | how | begins | with |
 * | --- | --- | --- |
 * | `retry` | the next generation of a run that has ended | all up to its failure |
 * | `reset` | the next generation of a run | all before a message |
 * | `fork` | another run | all before a message, some outcomes being others |
 */
export type CopyKind = "retry" | "reset" | "fork"

export interface CopiedPiece {
  /** What ids and randomness were made of. */
  readonly address: string
  /** The number of messages at its end. */
  readonly upTo: number
  /** Epoch milliseconds: when what comes behind it was asked for. Absent: when its own start was. */
  readonly goesOnAt?: number
  /**
   * Keys of rows that the source had not adopted by then, and that answer what was open: successes, which are taken over. What else was open is asked
   * for anew.
   */
  readonly taken?: ReadonlyArray<string>
  /** Places of limits that were held or waited for by then are asked for anew. Absent: the copy was made before they were, and goes on as it did. */
  readonly places?: true
}

export interface KnownKeys {
  /** Of the generation that has asked for the steps first. */
  readonly address: string
  /**
   * By the address of a later generation, the steps that it runs once more although they had succeeded: they are to take effect again, and so a
   * service must not take them for the same.
   */
  readonly again: Readonly<Record<string, ReadonlyArray<string>>>
}

/** By the key of a row: what it came to, instead. The text is JSON, as the step's (or child's, or callback's) schema encodes it. */
export type EditedOutcomes = Readonly<Record<string, { readonly tag: "succeeded" | "failed"; readonly json: string }>>

/** Those that a codec has sealed and that could not be opened are none: look whether they are, before anything is done by them. */
export const editsOf = ({ edits }: CopiedFrom): EditedOutcomes =>
  edits === undefined || isSealedText(edits) ? {} : JSON.parse(edits)

/** At which address a service knows this step. */
export const knownAtOf = ({ known }: CopiedFrom, own: string, key: string): string => {
  if (known === undefined) return own
  // The last one that has run it once more.
  for (const [address, keys] of Object.entries(known.again).toReversed()) if (keys.includes(key)) return address
  return known.address
}

/** The pieces of the first `count` messages of what was copied, and has run at `address` since. `before`: of them, those that came before the start. */
export const piecesOf = (
  from: CopiedFrom | undefined,
  address: string,
  count: number,
  before: number,
  startedAt: number
): ReadonlyArray<CopiedPiece> => {
  const later = before - (from?.before ?? 0)
  const known = (from?.pieces ?? []).map((piece) => ({
    ...piece,
    upTo: piece.upTo + later,
    goesOnAt: piece.goesOnAt ?? startedAt
  }))
  // One that ends right there has been left as well: what was open is of the address behind it.
  const whole = known.filter(({ upTo }) => upTo <= count)
  const cut = known.find(({ upTo }) => upTo > count)
  return [...whole, { address: cut?.address ?? address, upTo: count, places: true }]
}
