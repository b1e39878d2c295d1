import { checkTags, sameTags, sortedTags, type Tags } from "./tags.ts"

/** What a body changes of its tags: null takes one away, and what is not named stays. */
export type TagChanges = { readonly [key: string]: string | null }

/** The tags of a run, as its start and its body have them. A pure function of the history, like all that a body does. */
export class TagBox {
  private current: Tags | undefined
  /** Something has changed since the last {@link settle}. */
  hasNews = false

  /** Undefined: there never were any. */
  get all(): Tags | undefined {
    return this.current
  }

  /** Of a start. */
  begin(tags: Tags | undefined): void {
    if (tags !== undefined) this.current = sortedTags(tags)
  }

  /** Returns what is wrong, if anything is; then nothing has changed. */
  set(changes: TagChanges): string | undefined {
    const next: Record<string, string> = { ...this.current }
    for (const [key, value] of Object.entries(changes)) {
      if (value === null) delete next[key]
      else next[key] = value
    }
    const wrong = checkTags(next)
    if (wrong !== undefined) return wrong
    if (sameTags(this.current, next)) return undefined
    this.current = sortedTags(next)
    this.hasNews = true
    return undefined
  }

  /** All of it stands in a head. */
  settle(): void {
    this.hasNews = false
  }
}
