import { spawnSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { type App, Validations } from "aws-cdk-lib"
import { HttpJwtAuthorizer } from "aws-cdk-lib/aws-apigatewayv2-authorizers"
import { PolicyStatement, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam"
import { SystemLogLevel } from "aws-cdk-lib/aws-lambda"
import { AwsSolutionsChecks } from "cdk-nag"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { ExamplesStack } from "../../cdk/examples.ts"
import { type BundleFile, bundleFiles } from "../../src/streams/lambda/bundling.ts"
import { makeApp, makeStack } from "./stacks.ts"

const check = (app: App) => Validations.of(app).addPlugins(new AwsSolutionsChecks(app))

describe("the examples' stack", () => {
  let directory = ""

  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), "dynactor-cdk-"))
    const app = makeApp(directory)
    new ExamplesStack(app, "Examples", { throwaway: false })
    check(app)
    // Throws if a rule of AwsSolutions finds something that is not acknowledged.
    app.synth()
  })

  afterAll(() => rmSync(directory, { recursive: true, force: true }))

  it("passes cdk-nag's AwsSolutions, and has nothing to warn of", () => {
    const { Resources } = JSON.parse(readFileSync(join(directory, "Examples.template.json"), "utf8"))
    expect(Object.keys(Resources).length).toBeGreaterThan(40)
    const metadata = readFileSync(join(directory, "Examples.metadata.json"), "utf8")
    expect(metadata).not.toMatch(/"aws:cdk:(warning|error)"/)
  })

  it.each(Object.keys(bundleFiles) as ReadonlyArray<BundleFile>)(
    "has one file for %s, which is small and loads",
    (file) => {
      const { functions, maxBytes } = bundleFiles[file]
      const { Resources } = JSON.parse(readFileSync(join(directory, "Examples.template.json"), "utf8"))
      const keys = Object.values<any>(Resources).flatMap(({ Type, Properties }) =>
        Type === "AWS::Lambda::Function" && functions.some((name) => Properties.Handler === `index.${name}`)
          ? [Properties.Code.S3Key]
          : []
      )
      expect(keys).toHaveLength(functions.length)
      expect(new Set(keys).size).toBe(1)
      const path = join(directory, `asset.${keys[0].replace(/\.zip$/, "")}`, "index.mjs")
      expect(statSync(path).size).toBeLessThan(maxBytes)
      const script = `const app = await import(${JSON.stringify(pathToFileURL(path))}); console.log(Object.keys(app).sort().join())`
      const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", script], {
        encoding: "utf8"
      })
      expect(stderr).toBe("")
      expect(stdout.trim()).toBe([...functions].sort().join())
    }
  )
})

describe("cdk-nag", () => {
  it("would say if there were something to find", () => {
    const app = makeApp()
    const { stack } = makeStack({}, app)
    const role = new Role(stack, "Wide", { assumedBy: new ServicePrincipal("lambda.amazonaws.com") })
    role.addToPolicy(new PolicyStatement({ actions: ["s3:*"], resources: ["*"] }))
    check(app)
    expect(() => app.synth()).toThrow("AwsSolutions-IAM5[Action::s3:*]")
  })

  it("passes a stack that has all that can be asked for", () => {
    const app = makeApp()
    const signIn = {
      authorizationEndpoint: "https://id.example/authorize",
      tokenEndpoint: "https://id.example/token",
      clientId: "dashboard"
    }
    makeStack(
      {
        httpApiAuthorizer: new HttpJwtAuthorizer("Issuer", "https://id.example", { jwtAudience: ["dashboard"] }),
        httpApiAuthorizationScopes: ["runs"],
        httpApiOpenCallbacks: true,
        httpApiOpenWebhooks: true,
        httpApiDashboard: true,
        httpApiDashboardSignIn: signIn,
        metrics: "embeddedByName",
        tracing: "runs",
        systemLogLevel: SystemLogLevel.INFO
      },
      app
    )
    check(app)
    app.synth()
  })

  it("passes a stack that may be thrown away", () => {
    const app = makeApp()
    makeStack({ throwaway: true }, app)
    check(app)
    app.synth()
  })
})
