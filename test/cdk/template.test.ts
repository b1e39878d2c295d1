import { readdirSync, readFileSync } from "node:fs"
import { Duration, Fn, Stack } from "aws-cdk-lib"
import { Match, Template } from "aws-cdk-lib/assertions"
import { HttpNoneAuthorizer } from "aws-cdk-lib/aws-apigatewayv2"
import { HttpIamAuthorizer, HttpJwtAuthorizer } from "aws-cdk-lib/aws-apigatewayv2-authorizers"
import { Connections, type ISecurityGroup, type IVpc, Port, SecurityGroup, Vpc } from "aws-cdk-lib/aws-ec2"
import { Role, ServicePrincipal } from "aws-cdk-lib/aws-iam"
import { Key } from "aws-cdk-lib/aws-kms"
import { ApplicationLogLevel, Code, SystemLogLevel } from "aws-cdk-lib/aws-lambda"
import { Bucket, type IBucket } from "aws-cdk-lib/aws-s3"
import { Secret } from "aws-cdk-lib/aws-secretsmanager"
import { expiryAttribute, isInboxKey, tableDefinition } from "dynactor/aws"
import { Dynactor } from "dynactor/cdk"
import { describe, expect, it } from "vitest"
import { parkedPhrase } from "../../cdk/observability/metrics.ts"
import { messageKey } from "../../src/actor/history/message.ts"
import { runPartition } from "../../src/store/aws/table/keys.ts"
import { parseKeyRing } from "../../src/store/callbacks/keyRing.ts"
import { instruments } from "../../src/store/telemetry/instruments.ts"
import { variables } from "../../src/streams/lambda/environment.ts"
import { inboxFilter } from "../../src/streams/lambda/inboxFilter.ts"
import { everyMessage } from "../store/samples.ts"
import { actionsOf, allowed, makeApp, makeStack, resource, resourcesOf, templateOf } from "./stacks.ts"

const authorizer = () => new HttpJwtAuthorizer("Issuer", "https://issuer.example", { jwtAudience: ["orders"] })

/** Where each type has its key. */
const keysOf: Readonly<Record<string, (properties: Record<string, any>) => unknown>> = {
  "AWS::DynamoDB::GlobalTable": ({ Replicas }) => Replicas[0].SSESpecification.KMSMasterKeyId,
  "AWS::SQS::Queue": ({ KmsMasterKeyId }) => KmsMasterKeyId,
  "AWS::S3::Bucket": ({ BucketEncryption }) =>
    BucketEncryption.ServerSideEncryptionConfiguration[0].ServerSideEncryptionByDefault.KMSMasterKeyID,
  "AWS::Logs::LogGroup": ({ KmsKeyId }) => KmsKeyId,
  "AWS::Lambda::Function": ({ KmsKeyArn }) => KmsKeyArn,
  "AWS::Scheduler::Schedule": ({ KmsKeyArn }) => KmsKeyArn,
  "AWS::SecretsManager::Secret": ({ KmsKeyId }) => KmsKeyId
}

/** "Key" of `{ "Fn::GetAtt": ["Key961B73FD", "Arn"] }`. */
const arnOf = (reference: unknown): string | undefined =>
  /^\{"Fn::GetAtt":\["([A-Za-z]+)[0-9A-F]{8}","Arn"\]\}$/.exec(JSON.stringify(reference))?.[1]

const production = templateOf({ httpApiAuthorizer: authorizer() })
const throwaway = templateOf({ throwaway: true })

/** Those that turn runs, and the API. The one that deletes has a test of its own where it differs. */
const functionNames = ["Stream", "Step", "DeadLetter", "Sweep", "Api"]

const functionOf = (template: typeof production, name: string) =>
  resource(template, "AWS::Lambda::Function", `Workflows${name}`)

describe("the table", () => {
  const { Properties } = resource(production, "AWS::DynamoDB::GlobalTable")
  const [replica] = Properties.Replicas

  it("is what the store says that it needs", () => {
    const { TableName: _, StreamSpecification, ...wanted } = tableDefinition("any")
    expect(Properties).toMatchObject(wanted)
    expect(Properties.StreamSpecification).toEqual({ StreamViewType: StreamSpecification?.StreamViewType })
    expect(Properties.TimeToLiveSpecification).toEqual({ AttributeName: expiryAttribute, Enabled: true })
  })

  it("can be recovered to a point in time, and is not deleted by mistake (which cdk-nag does not see on this type)", () => {
    expect(replica.PointInTimeRecoverySpecification).toEqual({ PointInTimeRecoveryEnabled: true })
    expect(replica.DeletionProtectionEnabled).toBe(true)
  })
})

describe("the functions", () => {
  it.each(functionNames)("%s runs on Node 24 on arm64, under its own name, with a log of its own", (name) => {
    const handler = `index.${name[0]?.toLowerCase()}${name.slice(1)}`
    const { Properties } = functionOf(production, name)
    expect(Properties).toMatchObject({ Runtime: "nodejs24.x", Architectures: ["arm64"], Handler: handler })
    const log = resourcesOf(production, "AWS::Logs::LogGroup")[Properties.LoggingConfig.LogGroup.Ref]
    expect(log?.Properties.RetentionInDays).toBe(90)
  })

  it("are told all that they read of their environment", () => {
    const template = templateOf((stack) => ({
      tenant: "acme",
      encryptionKey: new Key(stack, "Key"),
      codecKey: new Key(stack, "CodecKey"),
      httpApiAuthorizer: authorizer(),
      metrics: "embedded",
      tracing: "runs",
      tracedShare: 0.5
    }))
    const given = (name: string) => Object.keys(functionOf(template, name).Properties.Environment.Variables).sort()
    for (const name of functionNames.filter((name) => name !== "Api")) {
      expect(given(name)).toEqual(
        Object.keys(variables)
          .filter((variable) => !/^DYNACTOR_(?:DASHBOARD|RETENTION)/.test(variable))
          .sort()
      )
    }
    // The queue and Scheduler are no affair of it, and it may not use them.
    expect(given("Api")).toEqual([
      "DYNACTOR_BUCKET",
      "DYNACTOR_CALLBACK_SECRET_ARN",
      "DYNACTOR_CODEC_KEY_ARN",
      "DYNACTOR_METRICS",
      "DYNACTOR_TABLE",
      "DYNACTOR_TENANT",
      "DYNACTOR_TRACED_SHARE",
      "DYNACTOR_TRACING"
    ])
    // Nor of the one that deletes, which is told how long runs are kept.
    expect(given("Purge").filter((variable) => /QUEUE|SCHEDULER/.test(variable))).toEqual([])
    const kept = templateOf({ retention: Duration.days(30) })
    expect(functionOf(kept, "Purge").Properties.Environment.Variables.DYNACTOR_RETENTION_MS).toBe("2592000000")
    expect(() => templateOf({ retention: Duration.days(0) })).toThrow("retention: a time of 1 ms or more")
  })

  it("deletes every hour, or as it is told", () => {
    const rate = (template: typeof production) =>
      resource(template, "AWS::Scheduler::Schedule", "WorkflowsPurgeSchedule").Properties.ScheduleExpression
    expect(rate(production)).toBe("rate(60 minutes)")
    expect(rate(templateOf({ purgeInterval: Duration.minutes(10) }))).toBe("rate(10 minutes)")
  })

  it("may go round and round where that is what the design does, and only there", () => {
    const loops = functionNames.filter((name) => functionOf(production, name).Properties.RecursiveLoop === "Allow")
    expect(loops).toEqual(["Step", "DeadLetter"])
  })

  it("end before whoever waits for them gives up", () => {
    const timeout = (name: string): number => functionOf(production, name).Properties.Timeout
    const visibility = (id: string): number => resource(production, "AWS::SQS::Queue", id).Properties.VisibilityTimeout
    expect(visibility("WorkflowsStepQueue")).toBeGreaterThanOrEqual(timeout("Step"))
    expect(visibility("WorkflowsDeadLetterQueue")).toBeGreaterThanOrEqual(timeout("DeadLetter"))
    expect(timeout("Sweep")).toBeLessThanOrEqual(5 * 60)
    expect(timeout("Api")).toBeLessThan(30)
  })

  it("come with an HTTP API only if somebody says who may use it", () => {
    const { stack } = makeStack()
    expect(stack.node.findChild("Workflows").node.tryFindChild("Api")).toBeUndefined()
    throwaway.resourceCountIs("AWS::ApiGatewayV2::Api", 0)
    expect(() => makeStack({ httpApiAuthorizer: new HttpNoneAuthorizer() })).toThrow("anybody could start")
  })

  it("ask for one of entry and code", () => {
    const make = (props: object) => () => new Dynactor(new Stack(makeApp(), "S"), "Workflows", props)
    expect(make({})).toThrow("either `entry`")
    expect(make({ entry: "workflows.ts", code: Code.fromInline("export {}") })).toThrow("either `entry`")
  })
})

describe("the event source mappings", () => {
  const mapping = (idStart: string) => resource(production, "AWS::Lambda::EventSourceMapping", idStart).Properties

  it("ring for everything in the stream, give up in the end, and put away what they give up on", () => {
    expect(mapping("WorkflowsStreamSource")).toMatchObject({
      StartingPosition: "TRIM_HORIZON",
      BatchSize: 100,
      ParallelizationFactor: 4,
      BisectBatchOnFunctionError: true,
      MaximumRecordAgeInSeconds: 12 * 3600,
      FunctionResponseTypes: ["ReportBatchItemFailures"],
      DestinationConfig: { OnFailure: { Destination: { "Fn::GetAtt": [expect.stringContaining("Bucket"), "Arn"] } } },
      MetricsConfig: { Metrics: ["EventCount"] }
    })
  })

  it("try stream records again until they are old, however often that is, or as often as they are told", () => {
    expect(mapping("WorkflowsStreamSource")).not.toHaveProperty("MaximumRetryAttempts")
    const bounded = templateOf({ streamRetryAttempts: 7, streamMaxRecordAge: Duration.hours(1) })
    expect(resource(bounded, "AWS::Lambda::EventSourceMapping", "WorkflowsStreamSource").Properties).toMatchObject({
      MaximumRetryAttempts: 7,
      MaximumRecordAgeInSeconds: 3600
    })
  })

  it("take queue messages one by one, in bounds", () => {
    const common = { BatchSize: 10, FunctionResponseTypes: ["ReportBatchItemFailures"] }
    expect(mapping("WorkflowsStepSource")).toMatchObject({ ...common, ScalingConfig: { MaximumConcurrency: 100 } })
    expect(mapping("WorkflowsDeadLetterSource")).toMatchObject({ ...common, ScalingConfig: { MaximumConcurrency: 2 } })
  })

  it("let inbox rows of their tenant through, and nothing else", () => {
    const passes = (tenant: string, pk: string, sk: string, eventName = "INSERT") => {
      const { eventName: events, dynamodb } = inboxFilter(tenant)
      const holds = (patterns: ReadonlyArray<string | { readonly prefix: string }>, value: string) =>
        patterns.some((one) => (typeof one === "string" ? one === value : value.startsWith(one.prefix)))
      return holds(events, eventName) && holds(dynamodb.Keys.pk.S, pk) && holds(dynamodb.Keys.sk.S, sk)
    }
    const of = (tenant: string) => runPartition({ tenant, runId: "order/1", generation: 0 })
    const keys = [
      // One of each kind.
      ...everyMessage.map(messageKey),
      "start",
      "head",
      "order/0000001",
      "x",
      "starts"
    ]
    for (const key of keys) expect([key, passes("acme", of("acme"), key)]).toEqual([key, isInboxKey(key)])
    expect(passes("", of(""), "start")).toBe(true)
    expect(passes("", of("acme"), "start")).toBe(false)
    expect(passes("acme", of("acme2"), "start")).toBe(false)
    expect(passes("", "#workflows/", "start")).toBe(false)
    expect(passes("", of(""), "start", "REMOVE")).toBe(false)
  })
})

describe("production and throw-away stacks", () => {
  const stateful = [
    "AWS::DynamoDB::GlobalTable",
    "AWS::SQS::Queue",
    "AWS::S3::Bucket",
    "AWS::Logs::LogGroup",
    "AWS::Scheduler::ScheduleGroup",
    "AWS::SecretsManager::Secret"
  ]

  const policies = (template: typeof production) =>
    stateful.flatMap((type) => Object.values(resourcesOf(template, type)).map(({ DeletionPolicy }) => DeletionPolicy))

  it("keep everything by default", () => {
    expect(new Set(policies(production))).toEqual(new Set(["Retain"]))
  })

  it("keep nothing if they are told so", () => {
    // No policy is CloudFormation's own: to delete.
    expect(policies(throwaway).filter((policy) => policy !== undefined && policy !== "Delete")).toEqual([])
    const [replica] = resource(throwaway, "AWS::DynamoDB::GlobalTable").Properties.Replicas
    expect(replica.DeletionProtectionEnabled).toBe(false)
    expect(replica.PointInTimeRecoverySpecification).toEqual({ PointInTimeRecoveryEnabled: false })
    throwaway.hasResource("Custom::S3AutoDeleteObjects", {})
    production.resourceCountIs("Custom::S3AutoDeleteObjects", 0)
  })
})

describe("the rest", () => {
  it("queues give up after more receipts than an unknown step is waited for", () => {
    const { RedrivePolicy } = resource(production, "AWS::SQS::Queue", "WorkflowsStepQueue").Properties
    expect(RedrivePolicy.maxReceiveCount).toBeGreaterThan(8)
    expect(() => makeStack({ maxReceives: 8 })).toThrow("maxReceives 8: a whole number from 9 to 1000")
    makeStack({ maxReceives: 9 })
  })

  it("takes no more steps at a time than come without waiting for each other", () => {
    for (const stepBatchSize of [0, 2.5, 11]) {
      expect(() => makeStack({ stepBatchSize })).toThrow(`stepBatchSize ${stepBatchSize}: a whole number from 1 to 10`)
    }
    makeStack({ stepBatchSize: 1 })
  })

  it("sweeps every five minutes, or as it is told", () => {
    production.hasResourceProperties("AWS::Scheduler::Schedule", { ScheduleExpression: "rate(5 minutes)" })
    const often = templateOf({ sweepInterval: Duration.minutes(1) })
    often.hasResourceProperties("AWS::Scheduler::Schedule", { ScheduleExpression: "rate(1 minute)" })
  })

  it.each([
    [5, 300],
    [1, 60],
    [24 * 60, 6 * 3600]
  ])("leaves a pass that fails, or is throttled, to the next one, %i minutes later", (minutes, ageSeconds) => {
    const template = templateOf({ sweepInterval: Duration.minutes(minutes) })
    const config = resource(template, "AWS::Lambda::EventInvokeConfig", "WorkflowsSweep").Properties
    expect(config).toMatchObject({ MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: ageSeconds })
    expect(config.FunctionName.Ref).toMatch(/^WorkflowsSweep[0-9A-F]{8}$/)
  })

  it("has X-Ray follow its functions if asked to, with the right to it in the policy of each", () => {
    const modes = (template: typeof production) =>
      Object.values(template.findResources("AWS::Lambda::Function"))
        .filter(({ Properties }) => String(Properties.Handler).startsWith("index."))
        .map(({ Properties }) => Properties.TracingConfig?.Mode)
    const rights = (template: typeof production) =>
      JSON.stringify(template.findResources("AWS::IAM::Policy")).split("xray:PutTraceSegments").length - 1
    expect(new Set(modes(production))).toEqual(new Set([undefined]))
    expect(rights(production)).toBe(0)
    for (const tracing of ["active", "runs"] as const) {
      const traced = templateOf({ tracing })
      expect(new Set(modes(traced))).toEqual(new Set(["Active"]))
      expect(rights(traced)).toBe(modes(traced).length)
      const told = functionOf(traced, "Step").Properties.Environment.Variables.DYNACTOR_TRACING
      expect(told).toBe(tracing === "runs" ? "xray" : undefined)
    }
    expect(() => templateOf({ tracing: "runs", tracedShare: 5 })).toThrow("tracedShare 5: a number from 0 to 1")
    expect(() => templateOf({ tracing: "active", tracedShare: 0.5 })).toThrow('give tracing: "runs"')
  })

  it("has an alarm for each thing that goes wrong, on a dashboard", () => {
    const alarms = Object.keys(resourcesOf(production, "AWS::CloudWatch::Alarm")).map(
      (id) => /^Workflows(.*)Alarm/.exec(id)?.[1]
    )
    expect(alarms.sort()).toEqual([
      "CommitConflicts",
      "DeadLetterAge",
      "DeadLetters",
      "DroppedEvents",
      "Errors",
      "FailedEvents",
      "IteratorAge",
      "ParkedRuns",
      "PurgeErrors",
      "QueueAge",
      "SweepErrors",
      "TableThrottles",
      "Throttles"
    ])
    production.resourceCountIs("AWS::CloudWatch::Dashboard", 1)
    templateOf({ dashboard: false }).resourceCountIs("AWS::CloudWatch::Dashboard", 0)
  })

  it("has its alarms watch as many metrics as the page on deployments says", () => {
    // Each that an alarm looks at costs something: expressions over them are free.
    const metricsOf = ({ Properties }: any): number =>
      Properties.Metrics?.filter(({ MetricStat }: any) => MetricStat !== undefined).length ?? 1
    const watched = (template: typeof production) =>
      Object.values(resourcesOf(template, "AWS::CloudWatch::Alarm")).reduce((sum, one) => sum + metricsOf(one), 0)
    const page = readFileSync("docs/deploy.md", "utf8")
    const told = /watch, (\d+) of them with the HTTP API, (\d+) with `metrics` as well/.exec(page)
    const both = templateOf({ httpApiAuthorizer: authorizer(), metrics: "embedded" })
    expect(told?.slice(1).map(Number)).toEqual([watched(production), watched(both)])
  })

  const alarm = (template: typeof production, name: string) =>
    resource(template, "AWS::CloudWatch::Alarm", `Workflows${name}Alarm`).Properties

  it("has alarms for runs and steps that fail if functions tell of them, of this deployment alone", () => {
    const template = templateOf({ metrics: "embedded" })
    const died = alarm(template, "DiedRuns")
    expect(died).toMatchObject({ Threshold: 0, TreatMissingData: "notBreaching" })
    expect(died.Metrics[0].MetricStat.Metric).toEqual({
      Namespace: "Dynactor",
      MetricName: "dynactor_runs_ended_total",
      Dimensions: [
        { Name: "outcome", Value: "died" },
        { Name: "table", Value: { Ref: expect.stringContaining("Table") } }
      ]
    })
    const watched = ["DiedRuns", "FailedRuns", "FailedAttempts"].flatMap((name) => {
      const { Metrics } = alarm(template, name)
      return Metrics.flatMap(({ MetricStat }: any) => (MetricStat === undefined ? [] : [MetricStat.Metric]))
    })
    expect(watched).toHaveLength(8)
    const all = Object.values(instruments)
    for (const { MetricName, Dimensions } of watched) {
      const labels = all.find(({ name }) => name === MetricName)?.labels ?? []
      const told = ["table", ...labels.filter((label) => label !== "workflow" && label !== "step")]
      expect(Dimensions.map(({ Name }: any) => Name).sort()).toEqual(told.sort())
    }
    const [board] = Object.values(resourcesOf(template, "AWS::CloudWatch::Dashboard"))
    for (const { name } of [
      instruments.turnLagMs,
      instruments.placesHeld,
      instruments.placesWaiting,
      instruments.placeWaitMs
    ])
      expect(JSON.stringify(board?.Properties.DashboardBody)).toContain(name)
    expect(functionOf(template, "Step").Properties.Environment.Variables.DYNACTOR_METRICS).toBe("embedded")
    expect(functionOf(production, "Step").Properties.Environment.Variables).not.toHaveProperty("DYNACTOR_METRICS")
  })

  it("logs nothing of invocations that went well unless it is told to, and refuses a level at which metrics would be lost", () => {
    const levels = (template: typeof production) => functionOf(template, "Step").Properties.LoggingConfig
    expect(levels(production)).toMatchObject({
      LogFormat: "JSON",
      SystemLogLevel: "WARN",
      ApplicationLogLevel: "INFO"
    })
    const applicationLogLevel = ApplicationLogLevel.ERROR
    const told = templateOf({ systemLogLevel: SystemLogLevel.INFO, applicationLogLevel })
    expect(levels(told)).toMatchObject({ SystemLogLevel: "INFO", ApplicationLogLevel: "ERROR" })
    expect(() => templateOf({ metrics: "embedded", applicationLogLevel })).toThrow("with metrics it is INFO")
    templateOf({ metrics: "embedded", applicationLogLevel: ApplicationLogLevel.DEBUG })
  })

  it("alarms of a sweeper that always fails, however seldom it comes", () => {
    expect(alarm(production, "SweepErrors")).toMatchObject({ Threshold: 0, Period: 300, EvaluationPeriods: 2 })
    const seldom = templateOf({ sweepInterval: Duration.hours(1) })
    expect(alarm(seldom, "SweepErrors")).toMatchObject({ Threshold: 0, Period: 3600, EvaluationPeriods: 2 })
  })

  it("alarms of a listing that is throttled, which its table's own counts do not have", () => {
    const { Metrics } = alarm(production, "TableThrottles")
    const counted = Metrics.flatMap(({ MetricStat }: { MetricStat?: { Metric: any } }) => MetricStat?.Metric ?? []).map(
      ({ MetricName, Dimensions }: any) => [MetricName, ...Dimensions.map(({ Name }: { Name: string }) => Name)].sort()
    )
    for (const name of ["ReadThrottleEvents", "WriteThrottleEvents"]) {
      expect(counted).toContainEqual([name, "TableName"].sort())
      expect(counted).toContainEqual(["GlobalSecondaryIndexName", name, "TableName"].sort())
    }
  })

  it("alarms of no message that was delayed, and then worked on, for as long as either may last", () => {
    const longest = (template: typeof production) => 15 * 60 + functionOf(template, "Step").Properties.Timeout
    expect(alarm(production, "QueueAge").Threshold).toBeGreaterThan(longest(production))
    const slow = templateOf({ stepTimeout: Duration.minutes(15) })
    expect(alarm(slow, "QueueAge").Threshold).toBeGreaterThan(longest(slow))
  })

  it("counts parked runs by the words with which they are logged", () => {
    const sources = readdirSync("src/streams", { recursive: true, encoding: "utf8" }).filter((name) =>
      name.endsWith(".ts")
    )
    const texts = sources.map((name) => readFileSync(`src/streams/${name}`, "utf8"))
    expect(texts.filter((text) => text.includes(`run \${placeOfAddress(runId)}${parkedPhrase}`))).toHaveLength(1)
    production.resourceCountIs("AWS::Logs::MetricFilter", 4)
  })

  it("asks an HTTP API's callers who they are on every route, and logs them", () => {
    const routes = Object.values(resourcesOf(production, "AWS::ApiGatewayV2::Route"))
    expect(routes.map(({ Properties }) => Properties.AuthorizationType)).toEqual(["JWT", "JWT"])
    production.hasResourceProperties("AWS::ApiGatewayV2::Stage", { AccessLogSettings: Match.anyValue() })
  })

  it("lets answers to callbacks past the authorizer if it is told to, and nothing else", () => {
    const template = templateOf({ httpApiAuthorizer: authorizer(), httpApiOpenCallbacks: true })
    const routes = Object.values(resourcesOf(template, "AWS::ApiGatewayV2::Route")).map(({ Properties }) => [
      Properties.RouteKey,
      Properties.AuthorizationType
    ])
    expect(routes.filter(([, type]) => type === "NONE").map(([key]) => key)).toEqual([
      "POST /callbacks/{token}",
      "POST /callbacks/{token}/{what}"
    ])
    expect(routes.filter(([, type]) => type === "JWT")).toHaveLength(2)
  })

  it("lets deliveries of webhooks past the authorizer if it is told to, and nothing else", () => {
    const template = templateOf({ httpApiAuthorizer: authorizer(), httpApiOpenWebhooks: true })
    const routes = Object.values(resourcesOf(template, "AWS::ApiGatewayV2::Route"))
    const open = routes.filter(({ Properties }) => Properties.AuthorizationType === "NONE")
    expect(open.map(({ Properties }) => Properties.RouteKey)).toEqual(["POST /webhooks/{name}"])
    expect(routes).toHaveLength(3)
  })

  it("serves the dashboard to anybody if it is told to, which holds nothing, and asks for a token where there are runs", () => {
    const template = templateOf({ httpApiAuthorizer: authorizer(), httpApiDashboard: true })
    const routes = Object.values(resourcesOf(template, "AWS::ApiGatewayV2::Route"))
    const open = routes.filter(({ Properties }) => Properties.AuthorizationType === "NONE")
    const keys = ["GET /dashboard", "GET /dashboard/{proxy+}", "HEAD /dashboard", "HEAD /dashboard/{proxy+}"]
    expect(open.map(({ Properties }) => Properties.RouteKey).sort()).toEqual(keys)
    expect(routes.filter(({ Properties }) => Properties.AuthorizationType === "JWT")).toHaveLength(2)
    // Whoever asks again and again costs the owner money.
    const { Properties, DependsOn = [] } = resource(template, "AWS::ApiGatewayV2::Stage")
    expect(Object.keys(Properties.RouteSettings).sort()).toEqual(keys)
    for (const route of Object.keys(resourcesOf(template, "AWS::ApiGatewayV2::Route")))
      if (/dashboard/.test(route)) expect(DependsOn).toContain(route)
    expect(functionOf(template, "Api").Properties.Environment.Variables.DYNACTOR_DASHBOARD).toBe("on")
    expect(functionOf(production, "Api").Properties.Environment.Variables).not.toHaveProperty("DYNACTOR_DASHBOARD")
    expect(resource(production, "AWS::ApiGatewayV2::Stage").Properties).not.toHaveProperty("RouteSettings")
  })

  it("tells the dashboard where people sign in, also where that is known only once it is deployed", () => {
    const signIn = {
      authorizationEndpoint: "https://id.example/authorize",
      tokenEndpoint: "https://id.example/token",
      clientId: "dashboard"
    }
    const told = (httpApiDashboardSignIn: typeof signIn) => {
      const props = { httpApiAuthorizer: authorizer(), httpApiDashboard: true, httpApiDashboardSignIn }
      return functionOf(templateOf(props), "Api").Properties.Environment.Variables.DYNACTOR_DASHBOARD_SIGN_IN
    }
    expect(JSON.parse(told(signIn))).toEqual(signIn)
    const unknown = told({ ...signIn, clientId: Fn.importValue("Client") })
    expect(unknown["Fn::Join"][1]).toContainEqual({ "Fn::ImportValue": "Client" })
    expect(() => told({ ...signIn, tokenEndpoint: "http://id.example/token" })).toThrow("an https:// address")
    const alone = { httpApiAuthorizer: authorizer(), httpApiDashboardSignIn: signIn }
    expect(() => templateOf(alone)).toThrow("give httpApiDashboard: true")
  })

  it("refuses a dashboard to which nobody could get, and says how to see the runs", () => {
    const make = (props: object) => () => makeStack({ httpApiDashboard: true, ...props })
    expect(make({})).toThrow("there is none: give an httpApiAuthorizer")
    expect(make({ httpApiAuthorizer: new HttpIamAuthorizer() })).toThrow("npx dynactor dashboard --stack")
    const { workflows } = makeStack({ httpApiAuthorizer: authorizer(), httpApiDashboard: true })
    expect(workflows.httpApiDashboardUrl).toMatch(/\/dashboard\/index\.html$/)
  })

  it("makes the first key of callbacks in a form that the store reads, or takes a secret that is given", () => {
    const { GenerateSecretString } = resource(production, "AWS::SecretsManager::Secret").Properties
    const { SecretStringTemplate, GenerateStringKey, PasswordLength } = GenerateSecretString
    const made = { ...JSON.parse(SecretStringTemplate), [GenerateStringKey]: "x".repeat(PasswordLength) }
    expect(parseKeyRing(JSON.stringify(made))).toEqual(made)
    const given = templateOf((stack) => ({ callbackSecret: Secret.fromSecretNameV2(stack, "Given", "mine") }))
    given.resourceCountIs("AWS::SecretsManager::Secret", 0)
  })

  it("asks for a scope if it is told to, and of tokens alone", () => {
    const scopes = (template: typeof production) =>
      Object.values(resourcesOf(template, "AWS::ApiGatewayV2::Route")).map(
        ({ Properties }) => Properties.AuthorizationScopes
      )
    const httpApiAuthorizationScopes = ["runs"]
    expect(scopes(production)).toEqual([undefined, undefined])
    expect(scopes(templateOf({ httpApiAuthorizer: authorizer(), httpApiAuthorizationScopes }))).toEqual([
      ["runs"],
      ["runs"]
    ])
    const httpApiAuthorizer = new HttpIamAuthorizer()
    expect(() => makeStack({ httpApiAuthorizer, httpApiAuthorizationScopes })).toThrow("only a JWT has scopes")
    expect(() => makeStack({ httpApiAuthorizationScopes })).toThrow("only a JWT has scopes")
  })

  it("says where its HTTP API is, and calls it after itself", () => {
    const { stack, workflows } = makeStack({ httpApiAuthorizer: authorizer() })
    const { Name } = resource(Template.fromStack(stack), "AWS::ApiGatewayV2::Api").Properties
    expect(Name).toMatch(/^Test-Workflows/)
    expect(stack.resolve(workflows.httpApiUrl)).toEqual({
      "Fn::GetAtt": [expect.stringContaining("HttpApi"), "ApiEndpoint"]
    })
    expect(makeStack().workflows.httpApiUrl).toBeUndefined()
  })

  it("encrypts with a customer's key whatever can take one", () => {
    const template = templateOf((stack) => ({ encryptionKey: new Key(stack, "Key"), httpApiAuthorizer: authorizer() }))
    const arn = { "Fn::GetAtt": [expect.stringContaining("Key"), "Arn"] }
    for (const [type, keyOf] of Object.entries(keysOf)) {
      const given = Object.values(resourcesOf(template, type)).map(({ Properties }) => keyOf(Properties))
      expect([type, ...given]).toEqual([type, ...given.map(() => arn)])
    }
    const filtered = resource(template, "AWS::Lambda::EventSourceMapping", "WorkflowsStreamSource")
    expect(filtered.Properties.KmsKeyArn).toEqual(arn)
    // Those who use what it encrypts may use it; CloudWatch Logs may by the key's own policy.
    for (const role of Object.keys(resourcesOf(template, "AWS::IAM::Role"))) {
      const isOf = (id: string) => id === role || id.startsWith(`${role.slice(0, -8)}Runs`)
      const uses = allowed(template).filter(([id, { Resource }]) => isOf(id) && arnOf(Resource) === "Key")
      expect([role, uses.length]).toEqual([role, 1])
    }
    const { Statement } = resource(template, "AWS::KMS::Key").Properties.KeyPolicy
    expect(Statement.map(({ Sid }: { Sid?: string }) => Sid)).toContain("CloudWatchLogs")
  })

  it("lets whoever uses a bucket of the user's own use its key", () => {
    const { stack, workflows } = makeStack((stack) => {
      const encryptionKey = new Key(stack, "Own")
      return { bucket: new Bucket(stack, "Mine", { encryptionKey }) as IBucket, httpApiAuthorizer: authorizer() }
    })
    const user = new Role(stack, "User", { assumedBy: new ServicePrincipal("lambda.amazonaws.com") })
    workflows.grants.start(user)
    const users = allowed(Template.fromStack(stack)).filter(([, { Resource }]) => arnOf(Resource) === "Own")
    expect(users.map(([id]) => id.replace(/[0-9A-F]{8}$/, "")).sort()).toEqual([
      "UserDefaultPolicy",
      ...[...functionNames, "Purge"].map((name) => `Workflows${name}RoleRuns`).sort()
    ])
  })

  // CDK names the role in the key's policy: a role that named what the key encrypts would close a circle.
  it("lets step code have a secret that the deployment's own key encrypts", () => {
    const key = (stack: Stack) => stack.node.findChild("Own") as Key
    const { stack, workflows } = makeStack((stack) => ({ encryptionKey: new Key(stack, "Own") }))
    new Secret(stack, "Token", { encryptionKey: key(stack) }).grantRead(workflows.stepRunner)
    const template = Template.fromStack(stack)
    const holders = allowed(template).filter(([, one]) => actionsOf(one).includes("secretsmanager:GetSecretValue"))
    expect(holders.map(([id]) => id.replace(/[0-9A-F]{8}$/, ""))).toContain("WorkflowsStepRoleDefaultPolicy")
    // The function is tried out as it is made, and waits for both of the role's policies.
    const { DependsOn = [] } = resource(template, "AWS::Lambda::Function", "WorkflowsStep")
    expect(DependsOn.map((id) => id.replace(/[0-9A-F]{8}$/, "")).sort()).toEqual([
      "WorkflowsStepRole",
      "WorkflowsStepRoleDefaultPolicy",
      "WorkflowsStepRoleRuns"
    ])
  })

  it("lets clients use the key for the table and the bucket alone, and readers for reading", () => {
    const { stack, workflows } = makeStack((stack) => ({ encryptionKey: new Key(stack, "Own") }))
    const user = (name: string) => new Role(stack, name, { assumedBy: new ServicePrincipal("lambda.amazonaws.com") })
    workflows.grants.start(user("Starter"))
    workflows.grants.read(user("Reader"))
    const given = (name: string) =>
      allowed(Template.fromStack(stack))
        .filter(([id, { Resource }]) => id.startsWith(`${name}DefaultPolicy`) && arnOf(Resource) === "Own")
        .map(([, { Action, Condition }]) => ({ Action, Condition }))
    const Condition = { StringLike: { "kms:ViaService": ["dynamodb.*.amazonaws.com", "s3.*.amazonaws.com"] } }
    expect(given("Reader")).toEqual([{ Action: ["kms:Decrypt", "kms:DescribeKey"], Condition }])
    expect(given("Starter")).toEqual([{ Action: expect.arrayContaining(["kms:GenerateDataKey"]), Condition }])
  })

  it("reads source maps in every function, beside what the user tells Node", () => {
    const template = templateOf({
      bundling: { sourceMap: true },
      environment: { NODE_OPTIONS: "--stack-trace-limit=50" },
      httpApiAuthorizer: authorizer()
    })
    for (const name of functionNames) {
      expect(functionOf(template, name).Properties.Environment.Variables.NODE_OPTIONS).toBe(
        "--stack-trace-limit=50 --enable-source-maps"
      )
    }
  })

  it("goes into a network if there is one", () => {
    const template = templateOf((stack) => ({ vpc: new Vpc(stack, "Vpc", { maxAzs: 2 }) as IVpc }))
    expect(functionOf(template, "Stream").Properties.VpcConfig.SubnetIds).toHaveLength(2)
  })

  it("is let in by what is in the network, all functions in which steps run, in groups of their own or the user's", () => {
    const sourcesOf = (grouped: boolean) => {
      const { stack, workflows } = makeStack((stack) => {
        const vpc = new Vpc(stack, "Vpc", { maxAzs: 2 }) as IVpc
        const securityGroups = grouped ? [new SecurityGroup(stack, "Steps", { vpc }) as ISecurityGroup] : undefined
        return { vpc, httpApiAuthorizer: authorizer(), ...(securityGroups === undefined ? {} : { securityGroups }) }
      })
      const vpc = stack.node.findChild("Vpc") as Vpc as IVpc
      const securityGroups = [new SecurityGroup(stack, "Database", { vpc }) as ISecurityGroup]
      new Connections({ securityGroups, defaultPort: Port.POSTGRES }).allowDefaultPortFrom(workflows)
      const rules = Object.values(resourcesOf(Template.fromStack(stack), "AWS::EC2::SecurityGroupIngress"))
      return rules
        .map(({ Properties }) => String(Properties.SourceSecurityGroupId["Fn::GetAtt"][0]).replace(/[0-9A-F]{8}$/, ""))
        .sort()
    }
    const names = ["DeadLetter", "Step", "Stream", "Sweep"]
    expect(sourcesOf(false)).toEqual(names.map((name) => `Workflows${name}SecurityGroup`))
    expect(sourcesOf(true)).toEqual(["Steps"])
    expect(() => makeStack().workflows.connections).toThrow(/VPC/)
  })
})
