import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { type Client, type ClientServices, clientOfOthers } from "../../../client/client.ts"

/** What operations need, each tenant's own. */
export type TenantServices = Client | ClientServices

/** The stores of the tenants that a server is for. */
export interface Tenants {
  readonly names: ReadonlyArray<string>
  /** Undefined: this server is not for that tenant. */
  readonly servicesOf: (tenant: string) => Context.Context<TenantServices> | undefined
}

export interface TenantsOptions<E = never> {
  readonly names: ReadonlyArray<string>
  readonly store: (tenant: string) => Layer.Layer<ClientServices, E>
}

/** One tenant, of no name, whose store is the one at hand; or several, each with a store that is opened here and now. */
export const openTenants = Effect.fnUntraced(function* <E>(options: TenantsOptions<E> | undefined) {
  if (options === undefined) {
    const store = yield* Effect.context<ClientServices>()
    const services = Context.merge(store, yield* Layer.build(clientOfOthers))
    return { names: [""], servicesOf: (tenant) => (tenant === "" ? services : undefined) } satisfies Tenants as Tenants
  }
  const opened = new Map<string, Context.Context<TenantServices>>()
  for (const name of options.names)
    opened.set(name, yield* Layer.build(Layer.provideMerge(clientOfOthers, options.store(name))))
  return { names: options.names, servicesOf: (tenant) => opened.get(tenant) } satisfies Tenants as Tenants
})
