import * as Effect from "effect/Effect"
import { StoreUnavailable } from "../errors.ts"

/**
 * A call to AWS. The SDK has tried again by then; whatever it gave up on is a {@link StoreUnavailable}, but for errors that
 * `recover` knows an answer to. An interruption aborts the request.
 */
export const awsCall = <A>(
  operation: string,
  call: (signal: AbortSignal) => Promise<A>,
  recover?: (error: AwsError) => { readonly answer: A } | undefined
): Effect.Effect<A, StoreUnavailable> =>
  Effect.tryPromise({
    try: async (signal) => {
      try {
        return await call(signal)
      } catch (error) {
        const recovered = isAwsError(error) ? recover?.(error) : undefined
        if (recovered === undefined) throw error
        return recovered.answer
      }
    },
    catch: (error) => unavailable(operation, error)
  })

export interface AwsError {
  readonly name: string
  readonly message: string
}

const isAwsError = (error: unknown): error is AwsError => error instanceof Error

export const unavailable = (operation: string, error: unknown): StoreUnavailable => {
  if (error instanceof StoreUnavailable) return error
  const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
  return new StoreUnavailable({ operation, message: `${operation} failed: ${message}` })
}
