import * as Effect from "effect/Effect"
import { StoreRefused, StoreUnavailable } from "../../errors.ts"
import { type AwsError, type AwsService, sortError } from "./awsErrors.ts"

/** What is asked for, such as `RunTable.put`, and of whom, such as `the table orders`: for what cannot be had is looked for there. */
export type Asked = string | { readonly operation: string; readonly place: string }

/**
 * A call to AWS. The SDK has tried again by then; whatever it gave up on is a {@link StoreUnavailable}, but for errors that
 * `recover` knows an answer to. An interruption aborts the request.
 *
 * For calls that the shells make in a loop (reads of table, stream and queue) and for all calls to the table. A missing right to the
 * table counts as "away" here: a refusal would have to be written into the table, so there is nothing to do but to wait.
 */
export const awsCall = <A>(
  asked: Asked,
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
    catch: (error) => unavailable(asked, error)
  })

/** As {@link awsCall}, for a put of one item into DynamoDB, which may say that it will never take it. */
export const awsPut = <A>(
  asked: Asked,
  call: (signal: AbortSignal) => Promise<A>,
  recover?: (error: AwsError) => { readonly answer: A } | undefined
): Effect.Effect<A, StoreUnavailable | StoreRefused> =>
  refusable(asked, call, recover, (error) =>
    sortError("dynamodb", error) === "content" ? refusalOf(operationOf(asked), error) : undefined
  )

/** What is asked of whom: a refusal names it. */
export interface AwsTarget {
  readonly service: Exclude<AwsService, "dynamodb">
  /** Such as `queue https://...`. */
  readonly resource: string
  /** The right that the call takes, such as `sqs:SendMessage`. */
  readonly action: string
  /** What else has to be so, in words that go on after the resource. */
  readonly also?: string
}

/** As {@link awsCall}, for what a run needs of another service than the table: it is told when it is refused. */
export const awsAsk = <A>(
  operation: string,
  target: AwsTarget,
  call: (signal: AbortSignal) => Promise<A>,
  recover?: (error: AwsError) => { readonly answer: A } | undefined
): Effect.Effect<A, StoreUnavailable | StoreRefused> =>
  refusable({ operation, place: target.resource }, call, recover, (error) => {
    switch (sortError(target.service, error)) {
      case "away":
      case "credentials":
        return undefined
      case "content":
        return refusalOf(operation, error)
      case "deployment":
      case "quota":
        return refusalOf(operation, error, mendOf(target))
    }
  })

/** What a refusal tells a person to do. */
export const mendOf = ({ action, resource, also }: AwsTarget): string =>
  `see to it that this process may call ${action} on ${resource}${also === undefined ? "" : ` (${also})`}, and that it is there and within its quotas`

const refusable = <A>(
  asked: Asked,
  call: (signal: AbortSignal) => Promise<A>,
  recover: ((error: AwsError) => { readonly answer: A } | undefined) | undefined,
  refuse: (error: AwsError) => StoreRefused | undefined
): Effect.Effect<A, StoreUnavailable | StoreRefused> =>
  awsCall<{ readonly answer: A } | { readonly refused: StoreRefused }>(
    asked,
    async (signal) => ({ answer: await call(signal) }),
    (error) => {
      const recovered = recover?.(error)
      if (recovered !== undefined) return { answer: recovered }
      const refused = refuse(error)
      return refused === undefined ? undefined : { answer: { refused } }
    }
  ).pipe(Effect.flatMap((end) => ("refused" in end ? Effect.fail(end.refused) : Effect.succeed(end.answer))))

const refusalOf = (operation: string, error: AwsError, mend?: string): StoreRefused => {
  const what = `${operation} was refused: ${error.name}: ${error.message}`
  return new StoreRefused(
    mend === undefined ? { operation, message: what } : { operation, message: `${what}; ${mend}`, mend }
  )
}

const isAwsError = (error: unknown): error is AwsError => error instanceof Error

const operationOf = (asked: Asked): string => (typeof asked === "string" ? asked : asked.operation)

export const unavailable = (asked: Asked, error: unknown): StoreUnavailable => {
  if (error instanceof StoreUnavailable) return error
  const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
  // Which service's validation it was does not matter here: what is told are rights, names and credentials.
  const sort = isAwsError(error) ? sortError("dynamodb", error) : "away"
  const hint = sort === "deployment" || sort === "credentials" ? `; ${configurationHint}` : ""
  const operation = operationOf(asked)
  const what = typeof asked === "string" ? operation : `${operation} of ${asked.place}`
  return new StoreUnavailable({ operation, message: `${what} failed: ${message}${hint}` })
}

const configurationHint =
  "a matter of configuration (a right, a name, credentials, keys): all goes on once it is put right"
