import type { Codec } from "../../values/codec.ts"

/** Where a command comes from, for people: of use only when a run is to be parked. */
export interface Origin {
  /** Reads the value that it was issued with. */
  readonly codec?: () => Pick<Codec<unknown>, "decode">
  /** The fiber that waits for it, or did. */
  readonly fiber: object | undefined
}
