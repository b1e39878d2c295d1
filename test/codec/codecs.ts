import { aesGcmCodec } from "../../src/store/sealing/aesGcmCodec.ts"

export const keyOf = (letter: string): Uint8Array => Buffer.alloc(32, letter)

/** The codec of most tests. */
export const testCodec = () => aesGcmCodec({ keys: { "2026-01": keyOf("a") }, current: "2026-01" })
