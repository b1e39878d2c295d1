import { Names, RemovalPolicy } from "aws-cdk-lib"
import {
  HttpApi,
  type HttpApiProps,
  HttpMethod,
  HttpNoneAuthorizer,
  HttpStage,
  type IHttpRouteAuthorizer,
  LogGroupLogDestination
} from "aws-cdk-lib/aws-apigatewayv2"
import { HttpLambdaIntegration } from "aws-cdk-lib/aws-apigatewayv2-integrations"
import type { IKey } from "aws-cdk-lib/aws-kms"
import type { IFunction } from "aws-cdk-lib/aws-lambda"
import { LogGroup, type RetentionDays } from "aws-cdk-lib/aws-logs"
import type { Construct } from "constructs"
import { defined } from "../defined.ts"
import { acknowledge } from "../permissions/acknowledge.ts"

export interface RunApiOptions {
  readonly handler: IFunction
  readonly authorizer: IHttpRouteAuthorizer
  readonly authorizationScopes: ReadonlyArray<string>
  readonly openCallbacks: boolean
  readonly openWebhooks: boolean
  readonly cors: HttpApiProps["corsPreflight"]
  readonly throwaway: boolean
  readonly logRetention: RetentionDays
  readonly encryptionKey: IKey | undefined
}

/** Every route is the function's, which knows its paths; nobody gets to it without having shown who they are. */
export const makeHttpApi = (scope: Construct, options: RunApiOptions): HttpApi => {
  const { handler, authorizer, authorizationScopes, cors, throwaway, encryptionKey } = options
  if (authorizer instanceof HttpNoneAuthorizer) {
    throw new RangeError("httpApiAuthorizer: without one, anybody could start and cancel runs")
  }
  const api = new HttpApi(scope, "HttpApi", {
    // Its own would be "HttpApi", of each deployment in the account.
    apiName: Names.uniqueResourceName(scope, { maxLength: 128, separator: "-" }),
    description: "Starts, shows, signals and cancels runs",
    createDefaultStage: false,
    ...defined({ corsPreflight: cors })
  })
  api.addRoutes({
    path: "/{proxy+}",
    methods: [HttpMethod.GET, HttpMethod.POST],
    integration: new HttpLambdaIntegration("Integration", handler),
    authorizer,
    ...(authorizationScopes.length === 0 ? {} : { authorizationScopes: [...authorizationScopes] })
  })
  if (options.openCallbacks) {
    const paths = ["/callbacks/{token}", "/callbacks/{token}/{what}"]
    openRoutes(
      api,
      new HttpLambdaIntegration("CallbackIntegration", handler),
      paths,
      "The token in the path is signed, and good for one answer."
    )
  }
  if (options.openWebhooks)
    openRoutes(
      api,
      new HttpLambdaIntegration("WebhookIntegration", handler),
      ["/webhooks/{name}"],
      "The function checks the signature of each delivery."
    )
  const logGroup = new LogGroup(scope, "HttpApiLog", {
    retention: options.logRetention,
    removalPolicy: throwaway ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN,
    ...defined({ encryptionKey })
  })
  new HttpStage(scope, "HttpApiStage", {
    httpApi: api,
    stageName: "$default",
    autoDeploy: true,
    accessLogSettings: { destination: new LogGroupLogDestination(logGroup) },
    detailedMetricsEnabled: true
  })
  return api
}

/** More exact than the route of all others, and so before it. */
const openRoutes = (
  api: HttpApi,
  integration: HttpLambdaIntegration,
  paths: ReadonlyArray<string>,
  why: string
): void => {
  for (const path of paths) {
    const routes = api.addRoutes({
      path,
      methods: [HttpMethod.POST],
      integration,
      authorizer: new HttpNoneAuthorizer()
    })
    for (const route of routes) acknowledge(route, { "AwsSolutions-APIG4": why })
  }
}
