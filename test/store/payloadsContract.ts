import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import { describe, expect, it } from "vitest"
import { ownerOf } from "../../src/store/deletion/payloadNames.ts"
import { copiedFor, load, offload, Payloads } from "../../src/store/payloads.ts"
import { bulkyJson, inline, newName, reference } from "./samples.ts"
import { useStore } from "./useStore.ts"

/** What every payload store keeps: see `src/store/payloads.ts`. */
export const payloadsContract = (name: string, layer: Layer.Layer<Payloads, unknown>): void => {
  describe(`Payloads: ${name}`, () => {
    const { run } = useStore(layer)

    it.each([1, 255 * 1024, 257 * 1024, 5 * 1024 * 1024])("keeps an object of %i bytes", (bytes) =>
      run(
        Effect.gen(function* () {
          const payloads = yield* Payloads
          const text = bulkyJson(bytes)
          const { sha256 } = reference(text)
          yield* payloads.put(sha256, text)
          // The length first: a difference of megabytes says little.
          const found = yield* payloads.get(sha256)
          expect(found?.length).toBe(text.length)
          expect(found === text).toBe(true)
        })
      )
    )

    it("puts the same content twice as once", () =>
      run(
        Effect.gen(function* () {
          const payloads = yield* Payloads
          const text = JSON.stringify(newName("same"))
          const { sha256 } = reference(text)
          yield* Effect.all(
            Array.from({ length: 5 }, () => payloads.put(sha256, text)),
            { concurrency: "unbounded" }
          )
          expect(yield* payloads.get(sha256)).toBe(text)
        })
      ))

    it("mends an object that was altered for whoever stores the true one again", () =>
      run(
        Effect.gen(function* () {
          const payloads = yield* Payloads
          const [text, altered] = [JSON.stringify(newName("true")), JSON.stringify(newName("altered"))]
          const { sha256 } = reference(text)
          yield* payloads.put(sha256, altered, reference(altered).sha256)
          expect(yield* payloads.get(sha256)).toBe(altered)
          yield* payloads.put(sha256, text)
          expect(yield* payloads.get(sha256)).toBe(text)
        })
      ))

    it("keeps every character", () =>
      run(
        Effect.gen(function* () {
          const payloads = yield* Payloads
          const text = '{"__proto__":1,"text":"\\u0000 \\ud800 \u0085\u2028\uFEFF\uFFFF é 🎈\\n"}'
          const { sha256 } = reference(text)
          yield* payloads.put(sha256, text)
          expect(yield* payloads.get(sha256)).toBe(text)
        })
      ))

    it("finds nothing where nothing was put", () =>
      run(
        Effect.gen(function* () {
          const payloads = yield* Payloads
          expect(yield* payloads.get(reference(newName("nothing")).sha256)).toBeUndefined()
        })
      ))

    it("takes over what is too large for a row, and hands it back checked (S11)", () =>
      run(
        Effect.gen(function* () {
          const { inlineLimitBytes } = yield* Payloads
          const small = inline("x".repeat(100))
          expect(yield* offload(small, "run-1")).toBe(small)
          const large = { json: bulkyJson(inlineLimitBytes + 1_000) }
          const offloaded = yield* offload(large, "run-1")
          expect(offloaded).toEqual({ ...reference(large.json), owner: ownerOf("run-1") })
          expect((yield* load(offloaded)).json === large.json).toBe(true)
          // For another run it is another object, which stays when the first one's go.
          const copied = yield* copiedFor(offloaded, "run-2")
          expect(copied).toEqual({ ...reference(large.json), owner: ownerOf("run-2") })
          expect((yield* load(copied)).json === large.json).toBe(true)
          expect(yield* copiedFor(copied, "run-2")).toBe(copied)
          const missing = yield* Effect.flip(load(reference(newName("missing"))))
          expect(missing._tag).toBe("PayloadMissing")
        })
      ))
  })
}
