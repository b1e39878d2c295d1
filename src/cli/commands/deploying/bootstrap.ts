import * as Argument from "effect/cli/Argument"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { findCdk, runCdk } from "../../deployment/cdkCommand.ts"
import { Output, printResult } from "../../framework/output.ts"
import { Screen } from "../../framework/screen.ts"
import { defineCommand } from "../defineCommand.ts"

export const bootstrap = defineCommand("bootstrap", {
  summary: "Prepare an AWS account and region for deployments",
  description:
    "Once for each account and region: cdk makes itself a bucket for code, and roles (the stack CDKToolkit). Done again it changes nothing that is as it should be.",
  json: "{ bootstrapped }",
  examples: [
    ["bootstrap", "The account and region of the environment"],
    ["bootstrap aws://111111111111/eu-central-1", "Another one"]
  ],
  input: {
    environment: Argument.String("environment").pipe(
      Argument.withDescription("aws://ACCOUNT/REGION. Default: what the AWS environment says"),
      Argument.optional
    )
  },
  run: Effect.fnUntraced(function* ({ environment }) {
    const { directory } = yield* Screen
    const { isJson } = yield* Output
    const cdk = yield* findCdk(directory)
    const given = Option.isSome(environment) ? [environment.value] : []
    yield* runCdk(["bootstrap", ...given], { cdk, folder: directory, isQuiet: isJson })
    yield* printResult({ bootstrapped: true }, (style) => style.green("the account is ready for deployments"))
  })
})
