/** Why a text that is sealed could not be opened here. */
export interface Unopened {
  /**
   * - `refused`: something that a person has to put right (`mend`);
   * - `altered`: it is not what was sealed for its place, and never will be;
   * - `away`: what opens it did not answer.
   */
  readonly reason: "refused" | "altered" | "away"
  readonly message: string
  readonly mend?: string
}

const tilde = 0x7e

/** No JSON text begins so: what was sealed by a codec is told from what stands in clear. */
export const isSealedText = (text: string): boolean => text.charCodeAt(0) === tilde

/** A text of a row for people: a reason, or an error in few words. */
export const toldText = (text: string): string => (/^~(1\.|$)/.test(text) ? "(sealed)" : text)

/** In place of what stands sealed beside it. */
export const sealedElsewhere = "~"
