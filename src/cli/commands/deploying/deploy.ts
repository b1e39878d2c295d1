import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import { findCdk, runCdk } from "../../deployment/cdkCommand.ts"
import { retainedBy, synthesize } from "../../deployment/stackAssembly.ts"
import { Output, printNote, printResult } from "../../framework/output.ts"
import { confirm, yesFlag } from "../../framework/question.ts"
import { fieldLines } from "../../framework/textTable.ts"
import { defineCommand } from "../defineCommand.ts"
import { deploymentFlags, deploymentOf } from "./flags.ts"

export const deploy = defineCommand("deploy", {
  summary: "Deploy an entry to AWS",
  description:
    "One entry in, a running stack out: table, queues, bucket, functions, alarms and the HTTP API, by the cdk that this project has. Writes a small CDK app below .dynactor, so it is for those who have none of their own. Deployed again, it changes what differs; runs under way go on, and `dynactor check` says before whether the new code fits them. Whether a deployment may change rights is asked by cdk.",
  json: "{ stack, outputs }; --dry-run: { stack, dryRun, resources, retained }",
  examples: [
    ["deploy --dry-run", "What it would change; changes nothing"],
    ["deploy src/workflows.ts --stack bikes", "Into the account and region of the environment"],
    ["deploy --throwaway --yes", "A trial: all of it goes with `teardown`"]
  ],
  input: {
    ...deploymentFlags,
    dryRun: Flag.Boolean("dry-run").pipe(
      Flag.withoutNegation,
      Flag.withDefault(false),
      Flag.withDescription("Synthesize, and show what differs from what is deployed")
    ),
    yes: yesFlag
  },
  run: Effect.fnUntraced(function* ({ dryRun, yes, ...input }) {
    const output = yield* Output
    const deployment = yield* deploymentOf(input)
    const { folder, stack } = deployment
    const cdk = yield* findCdk(folder)
    yield* printNote((style) => style.dim(`bundling ${deployment.entry} for the stack ${stack}`))
    const assembly = yield* synthesize(deployment)
    const options = { cdk, folder, isQuiet: output.isJson }
    const app = ["--app", assembly.folder]
    if (dryRun) {
      yield* runCdk(["diff", stack, ...app], options)
      const resources = Object.keys(assembly.template.Resources).length
      const retained = retainedBy(assembly.template)
      return yield* printResult({ stack, dryRun: true, resources, retained }, (style) =>
        style.dim(`${resources} resources in the stack ${stack}; nothing was changed (--dry-run)`)
      )
    }
    if (deployment.isThrowaway)
      yield* confirm(`Deploy ${stack} as throwaway? A later teardown deletes all of its data.`, yes)
    const outputsFile = join(assembly.folder, "..", "outputs.json")
    yield* runCdk(
      ["deploy", stack, ...app, "--outputs-file", outputsFile, ...(yes ? ["--require-approval", "never"] : [])],
      options
    )
    const outputs = readOutputs(outputsFile, stack)
    yield* printResult({ stack, outputs }, (style) =>
      [
        `${style.green("deployed")} ${stack}`,
        fieldLines(Object.entries(outputs).map(([name, value]) => [`  ${style.dim(name)}`, value])),
        "",
        style.dim(`its runs: npx dynactor list --stack ${stack}`)
      ].join("\n")
    )
  })
})

const readOutputs = (file: string, stack: string): { readonly [name: string]: string } => {
  if (!existsSync(file)) return {}
  const outputs = JSON.parse(readFileSync(file, "utf8")) as {
    readonly [stack: string]: { readonly [name: string]: string }
  }
  return outputs[stack] ?? {}
}
