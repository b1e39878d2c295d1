import { aesGcmCodec, kmsCodec } from "dynactor/codec"
import { sqliteStore } from "dynactor/sqlite"

// #region aes
/** Each key has an id of its own. Older ones stay until nothing is left that they have sealed. */
export const codecOf = (keys: { readonly [id: string]: string }) => aesGcmCodec({ keys, current: "2026-02" })

export const storeOf = (keys: { readonly [id: string]: string }) =>
  sqliteStore({ filename: "runs.db", codec: codecOf(keys) })
// #endregion

// #region kms
export const codec = kmsCodec({ keyId: "alias/runs" })
// #endregion
