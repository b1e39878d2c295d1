import type { InlinePayload } from "../values/payload.ts"

/** What a body has published, by name: always the last value, as JSON. A pure function of the history, like all that a body does. */
export class StateBox {
  private readonly values = new Map<string, string>()
  /** Something was set to another value since the last {@link settle}. */
  hasNews = false

  has(name: string): boolean {
    return this.values.has(name)
  }

  get size(): number {
    return this.values.size
  }

  set(name: string, { json }: InlinePayload): void {
    if (this.values.get(name) === json) return
    this.values.set(name, json)
    this.hasNews = true
  }

  /** In the order in which they were set first. */
  get all(): ReadonlyArray<{ readonly name: string; readonly payload: InlinePayload }> {
    return [...this.values].map(([name, json]) => ({ name, payload: { json } }))
  }

  /** All of it stands in a head. */
  settle(): void {
    this.hasNews = false
  }
}
