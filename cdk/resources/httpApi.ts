import { Names, RemovalPolicy } from "aws-cdk-lib"
import {
  type CfnRoute,
  type CfnStage,
  HttpApi,
  type HttpApiProps,
  HttpMethod,
  HttpNoneAuthorizer,
  type HttpRoute,
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
  readonly hasDashboard: boolean
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
  const open = openRoutes(api, handler, options)
  const logGroup = new LogGroup(scope, "HttpApiLog", {
    retention: options.logRetention,
    removalPolicy: throwaway ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN,
    ...defined({ encryptionKey })
  })
  const stage = new HttpStage(scope, "HttpApiStage", {
    httpApi: api,
    stageName: "$default",
    autoDeploy: true,
    accessLogSettings: { destination: new LogGroupLogDestination(logGroup) },
    detailedMetricsEnabled: true
  })
  boundPages(stage, open)
  return api
}

interface OpenRoutes {
  readonly id: string
  readonly methods: ReadonlyArray<HttpMethod>
  readonly paths: ReadonlyArray<string>
  /** Why nobody is asked who they are. */
  readonly why: string
}

/** The page is `/dashboard/index.html`: no route may end in "/". */
const dashboardPaths = ["/dashboard", "/dashboard/{proxy+}"]

/** More exact than the route of all others, and so before it. */
const openRoutes = (
  api: HttpApi,
  handler: IFunction,
  { openCallbacks, openWebhooks, hasDashboard }: RunApiOptions
): ReadonlyArray<HttpRoute> => {
  const wanted: ReadonlyArray<OpenRoutes | false> = [
    openCallbacks && {
      id: "CallbackIntegration",
      methods: [HttpMethod.POST],
      paths: ["/callbacks/{token}", "/callbacks/{token}/{what}"],
      why: "The token in the path is signed, and good for one answer."
    },
    openWebhooks && {
      id: "WebhookIntegration",
      methods: [HttpMethod.POST],
      paths: ["/webhooks/{name}"],
      why: "The function checks the signature of each delivery."
    },
    hasDashboard && {
      id: "DashboardIntegration",
      methods: [HttpMethod.GET, HttpMethod.HEAD],
      paths: dashboardPaths,
      why: "Files of the package, which hold no data: what the pages show they ask the API for, which asks who they are."
    }
  ]
  return wanted
    .filter((one) => one !== false)
    .flatMap(({ id, methods, paths, why }) => {
      const integration = new HttpLambdaIntegration(id, handler)
      const routes = paths.flatMap((path) =>
        api.addRoutes({ path, methods: [...methods], integration, authorizer: new HttpNoneAuthorizer() })
      )
      for (const route of routes) acknowledge(route, { "AwsSolutions-APIG4": why })
      return routes
    })
}

/** Anybody may ask for the pages, and each time the function is paid for: a browser asks for four files, and then for one. */
const boundPages = (stage: HttpStage, routes: ReadonlyArray<HttpRoute>): void => {
  const pages = routes.filter(({ path = "" }) => dashboardPaths.includes(path))
  if (pages.length === 0) return
  const bound = { ThrottlingRateLimit: 50, ThrottlingBurstLimit: 100 }
  const { defaultChild } = stage.node
  const settings = pages.map((route) => [(route.node.defaultChild as CfnRoute).routeKey, bound])
  ;(defaultChild as CfnStage).routeSettings = Object.fromEntries(settings)
  // A stage knows settings for routes that are there.
  for (const route of pages) stage.node.addDependency(route)
}
