import * as Effect from "effect/Effect"
import { findCdk, runCdk } from "../../deployment/cdkCommand.ts"
import { deletedBy, retainedBy, synthesize } from "../../deployment/stackAssembly.ts"
import { Output, printNote, printResult } from "../../framework/output.ts"
import { confirm, yesFlag } from "../../framework/question.ts"
import { defineCommand } from "../defineCommand.ts"
import { deploymentFlags, deploymentOf } from "./flags.ts"

export const teardown = defineCommand("teardown", {
  summary: "Delete a stack, and say what stays",
  description:
    "Deletes what `deploy` has deployed, after a question. What holds data stays, unless it was deployed with --throwaway: say that here as well. What stays is named, costs what it costs, and is yours to delete.",
  json: "{ stack, deleted, retained }",
  examples: [
    ["teardown --stack bikes", "Says what goes and what stays, then asks"],
    ["teardown --throwaway --yes", "A trial, with all of its data, without a question"]
  ],
  input: { ...deploymentFlags, yes: yesFlag },
  run: Effect.fnUntraced(function* ({ yes, ...input }) {
    const { isJson } = yield* Output
    const deployment = yield* deploymentOf(input)
    const { folder, stack } = deployment
    const cdk = yield* findCdk(folder)
    const assembly = yield* synthesize(deployment)
    const retained = retainedBy(assembly.template)
    const deleted = deletedBy(assembly.template)
    yield* printNote((style) =>
      [
        `${style.bold("goes")}   ${deleted.join(", ")}`,
        `${style.bold("stays")}  ${retained.join(", ") || "nothing"}`
      ].join("\n")
    )
    const data = retained.length === 0 ? " All runs and their data go with it; that cannot be undone." : ""
    yield* confirm(`Delete the stack ${stack}?${data}`, yes)
    yield* runCdk(["destroy", stack, "--app", assembly.folder, "--force"], { cdk, folder, isQuiet: isJson })
    yield* printResult({ stack, deleted, retained }, (style) =>
      [
        `${style.green("deleted")} ${stack}`,
        ...(retained.length === 0
          ? []
          : ["what stays, in this account and region:", ...retained.map((one) => `  ${one}`)])
      ].join("\n")
    )
  })
})
