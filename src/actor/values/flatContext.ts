import * as Context from "effect/Context"

/**
 * A context of which every service is found at the first look. Effect keeps what is added to one in layers, up to eight of them, and
 * each fiber that begins asks through all of them for some ten services.
 */
export const flatContext = <R>(context: Context.Context<R>): Context.Context<R> =>
  Context.makeUnsafe(new Map(context.mapUnsafe))

/** Services on their way into a context of one layer. */
export class Services {
  private readonly map = new Map<string, unknown>()

  add<I, S>({ key }: Context.Key<I, S>, service: S): this {
    this.map.set(key, service)
    return this
  }

  /** Nothing is to be added afterwards. */
  get context(): Context.Context<never> {
    return Context.makeUnsafe(this.map)
  }
}
