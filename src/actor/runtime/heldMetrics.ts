import type * as Metric from "effect/Metric"

type Metadata = Metric.Metric.Metadata<any, any>
type Hooks = Metadata["hooks"]

/**
 * The host's metrics as a body sees them: what it counts is said, and counted when that is handed on. What it reads is the host's, of
 * all runs: nothing to decide by.
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
    const held = { ...found, hooks: this.hold(found.hooks) }
    super.set(key, held)
    return held
  }

  /** A metric that is new: whoever made it goes on with the hooks of `metadata`. */
  override set(key: string, metadata: Metadata): this {
    this.host.set(key, { ...metadata })
    super.set(key, Object.assign(metadata, { hooks: this.hold(metadata.hooks) }))
    return this
  }

  private hold({ get, modify, update }: Hooks): Hooks {
    return {
      get,
      update: (input, context) => this.say(() => update(input, context)),
      modify: (input, context) => this.say(() => modify(input, context))
    }
  }
}
