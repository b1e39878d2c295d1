import { Token } from "aws-cdk-lib"
import { ApplicationLogLevel } from "aws-cdk-lib/aws-lambda"
import { assertSignIn } from "#src/http/dashboard/signIn"
import { assertTenant } from "#src/store/aws/table/keys"
import type { DynactorProps } from "./props.ts"

/** One more than `unknownStepReceives` of the functions: what they would wait for has not become a dead letter before. */
const leastReceives = 9

/** Throws a RangeError for what would be deployed, and then not work, or not as anybody meant. */
export const assertProps = (props: DynactorProps): void => {
  const { tenant = "", maxReceives, stepBatchSize, httpApiDashboard = false } = props
  const { httpApiAuthorizer, httpApiAuthorizationScopes = [] } = props
  assertTenant(tenant)
  if (/[*?$]/.test(tenant)) {
    throw new RangeError(`tenant ${JSON.stringify(tenant)}: without "*", "?" and "$", which mean more in a policy`)
  }
  if (httpApiAuthorizationScopes.length > 0 && !mayReadTokens(httpApiAuthorizer)) {
    throw new RangeError("httpApiAuthorizationScopes: only a JWT has scopes, and httpApiAuthorizer checks none")
  }
  if (httpApiDashboard) assertBrowsersMayAsk(httpApiAuthorizer)
  assertSignsIn(props)
  const { metrics = "off", applicationLogLevel } = props
  if (metrics !== "off" && applicationLogLevel !== undefined && !leastLevels.includes(applicationLogLevel)) {
    throw new RangeError(
      `applicationLogLevel ${applicationLogLevel}: with metrics it is INFO, DEBUG or TRACE. Metrics are lines of the log without a level, which Lambda takes for INFO`
    )
  }
  assertShare(props)
  assertRetention(props)
  // More than ten need a window to be gathered in, for which every step would wait.
  assertWholeNumber("stepBatchSize", stepBatchSize, 1, 10)
  // A step that a function does not know yet is received eight times, so that a deployment has the time to get through.
  assertWholeNumber("maxReceives", maxReceives, leastReceives, 1000)
}

/** By a slip it would delete each run as it ends. */
const assertRetention = ({ retention }: DynactorProps): void => {
  if (retention === undefined || retention.isUnresolved() || retention.toMilliseconds() >= 1) return
  throw new RangeError("retention: a time of 1 ms or more; leave it out to keep runs for ever")
}

const assertShare = ({ tracing = "off", tracedShare }: DynactorProps): void => {
  if (tracedShare === undefined || Token.isUnresolved(tracedShare)) return
  if (!(tracedShare >= 0 && tracedShare <= 1)) throw new RangeError(`tracedShare ${tracedShare}: a number from 0 to 1`)
  if (tracing !== "runs")
    throw new RangeError('tracedShare: of the runs that are traced, and none are: give tracing: "runs"')
}

const leastLevels: ReadonlyArray<ApplicationLogLevel> = [
  ApplicationLogLevel.TRACE,
  ApplicationLogLevel.DEBUG,
  ApplicationLogLevel.INFO
]

const assertBrowsersMayAsk = (authorizer: DynactorProps["httpApiAuthorizer"]): void => {
  if (authorizer === undefined) {
    throw new RangeError("httpApiDashboard: the HTTP API serves it, and there is none: give an httpApiAuthorizer")
  }
  if ("authorizationType" in authorizer && authorizer.authorizationType === "AWS_IAM") {
    throw new RangeError(
      "httpApiDashboard: a browser cannot sign requests for IAM. Give an httpApiAuthorizer that takes tokens (HttpJwtAuthorizer, HttpUserPoolAuthorizer), or leave it out: `npx dynactor dashboard --stack <name>` shows the runs at an address of your own machine, with your AWS credentials"
    )
  }
}

const assertSignsIn = ({ httpApiDashboard, httpApiDashboardSignIn: signIn }: DynactorProps): void => {
  if (signIn === undefined) return
  if (httpApiDashboard !== true)
    throw new RangeError("httpApiDashboardSignIn: in the dashboard, and there is none: give httpApiDashboard: true")
  // What is known only once it is deployed is looked at then.
  const known = [signIn.authorizationEndpoint, signIn.tokenEndpoint, signIn.clientId]
  if (!known.some((one) => Token.isUnresolved(one))) assertSignIn(signIn)
}

/** CDK's own authorizers say of which type they are; of another's nothing is known. */
const mayReadTokens = (authorizer: DynactorProps["httpApiAuthorizer"]): boolean =>
  authorizer !== undefined && (!("authorizationType" in authorizer) || authorizer.authorizationType === "JWT")

const assertWholeNumber = (name: string, value: number | undefined, least: number, most: number): void => {
  if (value === undefined || Token.isUnresolved(value)) return
  if (Number.isInteger(value) && value >= least && value <= most) return
  throw new RangeError(`${name} ${value}: a whole number from ${least} to ${most}`)
}
