/** Codecs: what users hand over is sealed before it goes to a store. */
export { type KmsCodecOptions, kmsCodec } from "./store/aws/kms/kmsCodec.ts"
export { type AesGcmOptions, aesGcmCodec } from "./store/sealing/aesGcmCodec.ts"
export type { AesKey } from "./store/sealing/aesKey.ts"
export { type CodecProblem, checkPayloadCodec } from "./store/sealing/checkPayloadCodec.ts"
export { definePayloadCodec } from "./store/sealing/definePayloadCodec.ts"
export {
  type CodecDefinition,
  CodecRefused,
  CodecUnavailable,
  contextBytes,
  type PayloadCodec,
  SealBroken,
  type SealContext
} from "./store/sealing/payloadCodec.ts"
export { withoutValues } from "./store/sealing/withoutValues.ts"
