import { readFileSync } from "node:fs"
import { App, Stack } from "aws-cdk-lib"
import { Template } from "aws-cdk-lib/assertions"
import { Code } from "aws-cdk-lib/aws-lambda"
import { Dynactor, type DynactorProps } from "dynactor/cdk"
import { temporaryFolder } from "../temporaryFolder.ts"

/** As `npx cdk` makes it: with the feature flags of cdk.json. */
export const makeApp = (outdir = temporaryFolder("cdk")): App =>
  new App({ context: JSON.parse(readFileSync("cdk.json", "utf8")).context, outdir })

/** With a region: CDK asks for one where a table has a key. */
const env = { account: "111111111111", region: "eu-central-1" }

export interface TestStack {
  readonly stack: Stack
  readonly workflows: Dynactor
}

export type Props = DynactorProps | ((stack: Stack) => DynactorProps)

/** A stack with code that nobody has to bundle. */
export const makeStack = (props: Props = {}, app = makeApp()): TestStack => {
  const stack = new Stack(app, "Test", { env })
  const given = typeof props === "function" ? props(stack) : props
  return { stack, workflows: new Dynactor(stack, "Workflows", { code: Code.fromInline("export {}"), ...given }) }
}

export const templateOf = (props?: Props): Template => Template.fromStack(makeStack(props).stack)

export interface Resource {
  readonly Type: string
  readonly Properties: Record<string, any>
  readonly DeletionPolicy?: string
  readonly DependsOn?: ReadonlyArray<string>
}

export const resourcesOf = (template: Template, type: string): Readonly<Record<string, Resource>> =>
  template.findResources(type) as Record<string, Resource>

/** The only resource of a type whose logical id begins like this. */
export const resource = (template: Template, type: string, idStart = ""): Resource => {
  const found = Object.entries(resourcesOf(template, type)).filter(([id]) => id.startsWith(idStart))
  if (found.length !== 1) throw new Error(`${found.length} resources of type ${type} begin with ${idStart}`)
  return (found[0] as [string, Resource])[1]
}

export interface Statement {
  readonly Effect: string
  readonly Action: string | ReadonlyArray<string>
  readonly Resource: unknown
  readonly Condition?: unknown
}

export const actionsOf = ({ Action }: Statement): ReadonlyArray<string> =>
  typeof Action === "string" ? [Action] : Action

/** Every statement that allows something, by the logical id of the resource that it stands in. */
export const allowed = (template: Template): ReadonlyArray<readonly [id: string, statement: Statement]> =>
  ["AWS::IAM::Role", "AWS::IAM::Policy", "AWS::IAM::ManagedPolicy", "AWS::SQS::QueuePolicy", "AWS::S3::BucketPolicy"]
    .flatMap((type) => Object.entries(resourcesOf(template, type)))
    .flatMap(([id, { Properties }]) => {
      const documents = [
        Properties.PolicyDocument,
        ...(Properties.Policies ?? []).map((one: any) => one.PolicyDocument)
      ]
      return documents
        .filter((document) => document !== undefined)
        .flatMap(({ Statement }) => Statement as ReadonlyArray<Statement>)
        .filter(({ Effect }) => Effect === "Allow")
        .map((statement) => [id, statement] as const)
    })
