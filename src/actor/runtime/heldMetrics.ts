import type * as Metric from "effect/Metric"

type Metadata = Metric.Metric.Metadata<any, any>
type Hooks = Metadata["hooks"]

/**
 * The host's metrics as a body sees them. What the body counts is collected, and counted when the turn's commit stands. What it reads
 * are the host's figures over all runs, so a body must not decide anything by them.
 */
export class HeldMetrics extends Map<string, Metadata> {
  private readonly host: Metric.MetricRegistry
  private readonly say: (update: () => void) => void

  constructor(host: Metric.MetricRegistry, say: (update: () => void) => void) {
    super()
    this.host = host
    this.say = say
  }

  override get(key: string): Metadata | undefined {
    const known = super.get(key)
    if (known !== undefined) return known
    const found = this.host.get(key)
    if (found === undefined) return undefined
    const held = { ...found, hooks: this.hold(key, found) }
    super.set(key, held)
    return held
  }

  /** A metric that is new: whoever made it goes on with the hooks of `metadata`. */
  override set(key: string, metadata: Metadata): this {
    const own = { ...metadata }
    this.host.set(key, own)
    super.set(key, Object.assign(metadata, { hooks: this.hold(key, own) }))
    return this
  }

  override delete(key: string): boolean {
    const wasThere = super.delete(key) || this.host.has(key)
    this.say(() => this.host.delete(key))
    return wasThere
  }

  /** The series that the host has under this key by then: somebody may have removed the one that was there. */
  private hold(key: string, first: Metadata): Hooks {
    const series = (): Hooks => (this.host.get(key) ?? first).hooks
    const change = (how: (hooks: Hooks) => void) =>
      this.say(() => {
        if (!this.host.has(key)) this.host.set(key, first)
        how(series())
      })
    return {
      get: (context) => series().get(context),
      update: (input, context) => change((hooks) => hooks.update(input, context)),
      modify: (input, context) => change((hooks) => hooks.modify(input, context))
    }
  }
}
