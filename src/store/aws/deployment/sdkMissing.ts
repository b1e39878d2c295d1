import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { LibraryError } from "../../../actor/errorPages.ts"

/** A client of the SDK that only some commands need is not installed. */
export class SdkMissing extends LibraryError<SdkMissing>()("SdkMissing", {
  message: Schema.String,
  package: Schema.String
}) {}

/** Loads a client that is an optional dependency. */
export const loadClient = <A>(name: string, what: string, load: () => Promise<A>): Effect.Effect<A, SdkMissing> =>
  Effect.tryPromise({
    try: load,
    catch: () =>
      new SdkMissing({
        package: name,
        message: `${what} needs the package ${name}, which is not installed: npm install -D ${name}`
      })
  })
