import * as Schema from "effect/Schema"
import { LibraryError } from "../actor/errorPages.ts"

/** The store did not answer, or answered that it cannot now: retried with backoff by whoever called, reported, nothing lost. */
export class StoreUnavailable extends LibraryError<StoreUnavailable>()("StoreUnavailable", {
  message: Schema.String,
  /** What was tried, such as `RunTable.put`. */
  operation: Schema.String
}) {}

/**
 * The store will not take this. It is over a limit of the service, or would not come back as it was; or (then there is `mend`) the
 * deployment is not as it should be. Asking again in a moment is of no use: a client is told, a run is parked and says why.
 */
export class StoreRefused extends LibraryError<StoreRefused>()("StoreRefused", {
  message: Schema.String,
  /** What was tried, such as `RunTable.put`. */
  operation: Schema.String,
  /** What a person has to put right (a right, a name, a key, a quota) for the store to take it. Absent: it never will. */
  mend: Schema.optionalKey(Schema.String)
}) {}

/** The cursor is none that this listing gave out: of other filters, of another store, or altered. Nothing was read. */
export class CursorInvalid extends LibraryError<CursorInvalid>()("CursorInvalid", {
  message: Schema.String,
  /** `unreadable`: no listing has written it. `ofAnother`: one with other filters has, or that of another store. */
  reason: Schema.Literals(["unreadable", "ofAnother"])
}) {}

/** A payload reference whose object is not there (S11). */
export class PayloadMissing extends LibraryError<PayloadMissing>()("PayloadMissing", {
  message: Schema.String,
  sha256: Schema.String
}) {}

/**
 * A payload object whose content no longer has the hash that it was stored under (S11), or a sealed text that is not what was sealed for its
 * place: altered, or moved there from another run.
 */
export class PayloadAltered extends LibraryError<PayloadAltered>()("PayloadAltered", {
  message: Schema.String,
  /** Of an object. */
  sha256: Schema.optionalKey(Schema.String)
}) {}
