import * as Effect from "effect/Effect"
import { StoreRefused, StoreUnavailable } from "../../errors.ts"

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

/** As {@link awsCall}, for a put of one item into DynamoDB, which may say that it will never take it. */
export const awsPut = <A>(
  operation: string,
  call: (signal: AbortSignal) => Promise<A>,
  recover?: (error: AwsError) => { readonly answer: A } | undefined
): Effect.Effect<A, StoreUnavailable | StoreRefused> =>
  awsCall<{ readonly answer: A } | { readonly refused: StoreRefused }>(
    operation,
    async (signal) => ({ answer: await call(signal) }),
    (error) => {
      const recovered = recover?.(error)
      if (recovered !== undefined) return { answer: recovered }
      return isRefusal(error) ? { answer: { refused: refusalOf(operation, error) } } : undefined
    }
  ).pipe(Effect.flatMap((end) => ("refused" in end ? Effect.fail(end.refused) : Effect.succeed(end.answer))))

export interface AwsError {
  readonly name: string
  readonly message: string
  readonly $metadata?: { readonly httpStatusCode?: number }
}

/**
 * Will DynamoDB never take this item? It is too large, one of its keys is, or the partition is full (of a table with local
 * indexes). A `ValidationException` that speaks of the table is a matter of configuration, and passes once that is put right.
 */
export const isRefusal = ({ name, message, $metadata }: AwsError): boolean =>
  name === "ItemCollectionSizeLimitExceededException" ||
  (name === "ValidationException" && !ofTheTable.test(message)) ||
  $metadata?.httpStatusCode === 413

const ofTheTable =
  /Missing the key|required keys was not given|Type mismatch for|does not match the schema|specified index|'tableName'|table\/index name/i

const refusalOf = (operation: string, error: AwsError): StoreRefused =>
  new StoreRefused({ operation, message: `${operation} was refused: ${error.name}: ${error.message}` })

const isAwsError = (error: unknown): error is AwsError => error instanceof Error

export const unavailable = (operation: string, error: unknown): StoreUnavailable => {
  if (error instanceof StoreUnavailable) return error
  const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
  const hint = isAwsError(error) && isOfConfiguration(error) ? `; ${configurationHint}` : ""
  return new StoreUnavailable({ operation, message: `${operation} failed: ${message}${hint}` })
}

/** Nothing is lost by asking again, and it helps once somebody has put right what is wrong. */
const isOfConfiguration = ({ name, message }: AwsError): boolean =>
  configurationErrors.test(name) || (name === "ValidationException" && ofTheTable.test(message))

const configurationErrors =
  /AccessDenied|UnauthorizedOperation|ResourceNotFound|ExpiredToken|UnrecognizedClient|InvalidClientTokenId|InvalidSignature|SignatureDoesNotMatch|IncompleteSignature|MissingAuthenticationToken|OptInRequired|CredentialsProvider|NoSuchBucket|QueueDoesNotExist|NonExistentQueue|KMS/

const configurationHint =
  "this is a matter of configuration (a right, a name, credentials, the table's keys), and is tried again until it is right"
