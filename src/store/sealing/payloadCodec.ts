import type * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { LibraryError } from "../../actor/errorPages.ts"

/** What a codec works with (keys, a service that holds them) did not answer: tried again, nothing lost. */
export class CodecUnavailable extends LibraryError<CodecUnavailable>()("CodecUnavailable", {
  message: Schema.String
}) {}

/**
 * The codec lacks what a person has to give it: a key, a right. Runs that need it are parked, and go on once it is there.
 */
export class CodecRefused extends LibraryError<CodecRefused>()("CodecRefused", {
  /** What happened and why. */
  message: Schema.String,
  /** What a person has to put right, as a sentence without its full stop. */
  mend: Schema.String
}) {}

/** What was to be opened is not what was sealed for this place: altered, or moved here from another run, row or tenant. */
export class SealBroken extends LibraryError<SealBroken>()("SealBroken", {
  message: Schema.String
}) {}

/** What a sealed text stands for. A codec must bind the one to the other: opened for another place it is a {@link SealBroken}. */
export interface SealContext {
  /** Whose runs these are; "" where there are no tenants. */
  readonly tenant: string
  /**
   * The run, of a later generation with that generation's mark. "" for an object of the payload store, which any run of the tenant may share: the
   * reference to it is sealed for its run.
   */
  readonly runId: string
  /** What it is of the run, such as `step/chargeCard#0`. */
  readonly place: string
}

/** How a codec seals and opens. Calls may come many at a time. */
export interface CodecDefinition {
  /** Stands in clear before all that it seals: 1 to 32 of `[A-Za-z0-9-]`. */
  readonly name: string
  /** As bytes that say all that is needed to open them, but for the keys. */
  readonly seal: (clear: Uint8Array, context: SealContext) => Effect.Effect<Uint8Array, CodecUnavailable | CodecRefused>
  readonly open: (
    sealed: Uint8Array,
    context: SealContext
  ) => Effect.Effect<Uint8Array, CodecUnavailable | CodecRefused | SealBroken>
  /**
   * Names for an object of the payload store whose clear text has this hash: the first is the one under which it is put, all are looked under.
   * Each 64 hexadecimal digits. Default: the hash itself, by which somebody who guesses a text can find out that it is there.
   */
  readonly objectNames?: (
    sha256: string,
    tenant: string
  ) => Effect.Effect<ReadonlyArray<string>, CodecUnavailable | CodecRefused>
  /** Codecs that still open what they have sealed. Nothing new is sealed by them. Default: none. */
  readonly older?: ReadonlyArray<PayloadCodec>
  /**
   * What was stored before there was a codec: `accept` (default) reads it as it is; `refuse` does not read what stands in clear, for tables in
   * which nothing does any more.
   */
  readonly clear?: "accept" | "refuse"
}

/** A codec, as stores take it. Made by `aesGcmCodec`, `kmsCodec` or `definePayloadCodec`. */
export interface PayloadCodec extends CodecDefinition {
  /** See `withoutValues`. */
  readonly hides?: true
  /** The ports of a store, sealed. For dynactor's own stores. */
  readonly sealServices: <S>(services: Context.Context<S>, tenant: string) => Context.Context<S>
}

/**
 * The context as bytes, to authenticate with what is sealed: no two contexts give the same.
 */
export const contextBytes = ({ place, runId, tenant }: SealContext): Uint8Array =>
  Buffer.from(JSON.stringify(["dynactor", tenant, runId, place]))
