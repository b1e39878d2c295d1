import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import { beforeEach, describe, expect, it } from "vitest"
import { CallbackKeys, isKeyId } from "../../src/store/callbacks/callbackKeys.ts"
import { useStore } from "./useStore.ts"

/** What every store of keys keeps: see `src/store/callbacks/callbackKeys.ts`. `rotates`: its keys can be changed from here. */
export const callbackKeysContract = (
  name: string,
  layer: Layer.Layer<CallbackKeys, unknown>,
  { rotates, prepare = () => {} }: { readonly rotates: boolean; readonly prepare?: () => void }
): void => {
  describe(`CallbackKeys: ${name}`, () => {
    const { run } = useStore(layer)
    beforeEach(prepare)

    it("has one key from the first use on", () =>
      run(
        Effect.gen(function* () {
          const keys = yield* CallbackKeys
          const asked = yield* Effect.all(
            Array.from({ length: 5 }, () => keys.current),
            { concurrency: "unbounded" }
          )
          expect(new Set(asked.map(({ id }) => id)).size).toBe(1)
          const [key] = asked
          expect(isKeyId(key?.id ?? "")).toBe(true)
          expect(key?.secret.length).toBeGreaterThan(21)
          expect(yield* keys.find(key?.id ?? "")).toEqual(key)
        })
      ))

    it.each(["", "no-such-key", "__proto__", "constructor", "toString"])("has none of the id %o", (id) =>
      run(
        Effect.gen(function* () {
          const keys = yield* CallbackKeys
          expect(yield* keys.find(id)).toBeUndefined()
        })
      )
    )

    it.skipIf(!rotates)("signs with a new key, and keeps as many of the others as it is told to", () =>
      run(
        Effect.gen(function* () {
          const keys = yield* CallbackKeys
          const ids = [(yield* keys.current).id]
          for (let times = 0; times < 3; times++) {
            const id = yield* keys.rotate()
            expect((yield* keys.current).id).toBe(id)
            ids.push(id)
          }
          expect(new Set(ids).size).toBe(4)
          for (const id of ids) expect((yield* keys.find(id))?.id).toBe(id)
          ids.push(yield* keys.rotate({ keep: 2 }))
          const kept = yield* Effect.forEach(ids, (id) => keys.find(id))
          expect(kept.map((key) => key?.id)).toEqual([undefined, undefined, ...ids.slice(2)])
        })
      )
    )

    it.skipIf(rotates)("says where its keys are to be changed", () =>
      run(
        Effect.gen(function* () {
          const keys = yield* CallbackKeys
          expect(yield* Effect.flip(keys.rotate())).toMatchObject({ _tag: "StoreRefused", mend: expect.any(String) })
        })
      )
    )
  })
}
