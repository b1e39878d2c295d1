/** Why a mutant may live. Found by its file, a part of its line, and if need be by what became of it (`before -> after`). */
export interface Survivor {
  readonly file: string
  readonly line: string
  readonly changes?: ReadonlyArray<string>
  readonly reason: string
}

export const survivors: ReadonlyArray<Survivor> = []
