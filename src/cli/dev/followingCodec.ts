import * as Context from "effect/Context"
import type { PayloadCodec } from "../../store/sealing/payloadCodec.ts"

/**
 * The ports of a store, sealed as the entry of today says: they change with it, and whoever has them in hand need not know. `take` is told the
 * codec of each entry that is loaded; undefined: it has none.
 */
export const followingCodec = <S>(store: Context.Context<S>) => {
  let current: Context.Context<S> = store
  const following = [...store.mapUnsafe].map(
    ([key, service]) =>
      [
        key,
        new Proxy(service as object, { get: (_, name) => Reflect.get(current.mapUnsafe.get(key) as object, name) })
      ] as const
  )
  return {
    services: Context.makeUnsafe<S>(new Map(following)),
    take: (codec: PayloadCodec | undefined) => {
      current = codec === undefined ? store : codec.sealServices(store, "")
    }
  }
}
