import { existsSync } from "node:fs"
import { basename, join, resolve } from "node:path"
import * as Argument from "effect/cli/Argument"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { AssemblyOptions } from "../../deployment/stackAssembly.ts"
import { notFound, wrongUse } from "../../framework/commandFailed.ts"
import { Screen } from "../../framework/screen.ts"
import { stackNameOf } from "../../project/projectFiles.ts"
import { readConfigFile } from "../../targets/configFile.ts"

export const stackFlag = Flag.String("stack").pipe(
  Flag.withMetavar("NAME"),
  Flag.withDescription("The stack's name. Default: that of dynactor.json, or the folder's"),
  Flag.optional
)

export const deploymentFlags = {
  entry: Argument.String("entry").pipe(
    Argument.withDescription(
      "The module that exports workflows and steps. Default: that of dynactor.json, or src/workflows.ts"
    ),
    Argument.optional
  ),
  stack: stackFlag,
  tenant: Flag.String("tenant").pipe(
    Flag.withMetavar("NAME"),
    Flag.withDescription("Whose runs the deployment turns. Default: those without a tenant"),
    Flag.optional
  ),
  throwaway: Flag.Boolean("throwaway").pipe(
    Flag.withoutNegation,
    Flag.withDefault(false),
    Flag.withDescription("For trials: table, bucket and all data go with the stack")
  ),
  httpApi: Flag.Boolean("http-api").pipe(
    Flag.withDefault(true),
    Flag.withDescription("The HTTP API, for whoever has the right to invoke it (IAM); --no-http-api: none")
  )
} as const

interface DeploymentInput {
  readonly entry: Option.Option<string>
  readonly stack: Option.Option<string>
  readonly tenant: Option.Option<string>
  readonly throwaway: boolean
  readonly httpApi: boolean
}

/** What is to be deployed, by flags and `dynactor.json`. */
export const deploymentOf = Effect.fnUntraced(function* (input: DeploymentInput) {
  const { directory } = yield* Screen
  const config = yield* readConfigFile(directory)
  const given = Option.getOrUndefined(input.entry)
  const candidates =
    given === undefined
      ? [
          ...(config?.entry === undefined ? [] : [resolve(config.folder, config.entry)]),
          join(directory, "src", "workflows.ts")
        ]
      : [resolve(directory, given)]
  const entry = candidates.find((file) => existsSync(file))
  if (entry === undefined)
    return yield* given === undefined
      ? wrongUse("nothing says what to deploy: there is no src/workflows.ts here.", "dynactor deploy path/to/entry.ts")
      : notFound(
          `there is no entry ${candidates[0]}.`,
          "look at its path: it is the file that exports workflows and steps"
        )
  const tenant = Option.getOrUndefined(input.tenant)
  return {
    folder: directory,
    entry,
    stack: yield* stackOf(input.stack),
    isThrowaway: input.throwaway,
    hasHttpApi: input.httpApi,
    ...(tenant === undefined ? {} : { tenant })
  } satisfies AssemblyOptions
})

export const stackOf = Effect.fnUntraced(function* (given: Option.Option<string>) {
  const { directory } = yield* Screen
  const config = yield* readConfigFile(directory)
  const stack = Option.getOrUndefined(given) ?? config?.stack ?? stackNameOf(basename(config?.folder ?? directory))
  if (/^[A-Za-z][A-Za-z0-9-]{0,127}$/.test(stack)) return stack
  return yield* wrongUse(
    `${JSON.stringify(stack)} is no name of a stack.`,
    "give --stack letters, digits and hyphens, a letter first, 128 at most"
  )
})
