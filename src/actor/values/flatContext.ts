import * as Context from "effect/Context"

/**
 * A context of which every service is found at the first look. Effect keeps what is added to one in layers, up to eight of them, and
 * each fiber that begins asks through all of them for some ten services.
 */
export const flatContext = <R>(context: Context.Context<R>): Context.Context<R> =>
  Context.makeUnsafe(new Map(context.mapUnsafe))

/** The same, made of services. */
export const contextOf = (services: ReadonlyArray<ServiceEntry>): Context.Context<never> =>
  Context.makeUnsafe(new Map(services.map(({ key, service }) => [key, service])))

export interface ServiceEntry {
  readonly key: string
  readonly service: unknown
}

export const serviceEntry = <I, S>({ key }: Context.Key<I, S>, service: S): ServiceEntry => ({ key, service })
