import * as Effect from "effect/Effect"
import { type HealthCheck, wrong } from "../../health/healthCheck.ts"
import { type AwsError, isOfCredentials } from "../calls/awsErrors.ts"

/** What a call is for: told where it fails. */
export interface Probe {
  readonly id: string
  /** `dynamodb:GetItem` and the like. */
  readonly action: string
  /** For people: `the table orders`. */
  readonly resource: string
  /** For a statement: an ARN, or what stands for one. */
  readonly arn: string
}

export type Probed<A> = { readonly value: A } | { readonly check: HealthCheck }

/** Makes one call, and turns what goes wrong into a check. `fine`: errors by name that say that the call was allowed. */
export const probe = <A>(
  of: Probe,
  call: (signal: AbortSignal) => Promise<A>,
  fine?: { readonly names: RegExp; readonly value: A }
): Effect.Effect<Probed<A>> =>
  Effect.catch(
    Effect.map(
      Effect.tryPromise({ try: (signal) => call(signal), catch: (error) => error as AwsError }),
      (value): Probed<A> => ({ value })
    ),
    (error) =>
      Effect.succeed<Probed<A>>(
        fine?.names.test(error.name) === true ? { value: fine.value } : { check: checkOf(of, error) }
      )
  )

const denied = /AccessDenied|Forbidden|NotAuthorized|UnauthorizedOperation|AuthorizationError|AllAccessDisabled/

const missing = /ResourceNotFound|NonExistentQueue|QueueDoesNotExist|NoSuchBucket|NotFound/

const checkOf = ({ action, arn, id, resource }: Probe, error: AwsError): HealthCheck => {
  const { name } = error
  const isForbidden = denied.test(name) || error.$metadata?.httpStatusCode === 403
  if (isOfCredentials(error))
    return wrong(
      id,
      `The credentials of this process are not taken (${name}: ${error.message}).`,
      "Log in again, or name another profile (AWS_PROFILE)."
    )
  if (isForbidden)
    return wrong(
      id,
      `This process may not call ${action} on ${resource}.`,
      `Give its role the statement {"Effect": "Allow", "Action": "${action}", "Resource": "${arn}"}. What each function needs stands in functionPermissions of dynactor/lambda.`
    )
  if (missing.test(name) || error.$metadata?.httpStatusCode === 404)
    return wrong(
      id,
      `There is no ${resource.replace(/^the /, "")}.`,
      "Deploy the stack, or see that name, region and account are right."
    )
  return wrong(
    id,
    `${resource} does not answer to ${action} (${name}: ${error.message}).`,
    "See that region, endpoint and network are right, and try again."
  )
}
