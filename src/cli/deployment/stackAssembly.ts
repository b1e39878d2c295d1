import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { join, relative } from "node:path"
import * as Effect from "effect/Effect"
import { CommandFailed } from "../framework/commandFailed.ts"
import { exitCodes } from "../framework/exitCodes.ts"
import { Screen } from "../framework/screen.ts"
import { stackApp } from "../project/stackApp.ts"
import { runProcess } from "./cdkCommand.ts"

export interface AssemblyOptions {
  /** Where the project is, and `.dynactor` in it. */
  readonly folder: string
  /** Absolute. */
  readonly entry: string
  readonly stack: string
  readonly tenant?: string
  readonly isThrowaway: boolean
  readonly hasHttpApi: boolean
}

export interface Assembly {
  /** A cloud assembly: what `cdk --app` takes. */
  readonly folder: string
  readonly template: Template
}

interface Template {
  readonly Resources: {
    readonly [logicalId: string]: { readonly Type: string; readonly DeletionPolicy?: string }
  }
}

/** Writes an app with one stack below `.dynactor`, and synthesizes it: bundles the entry, asks AWS nothing. */
export const synthesize = Effect.fnUntraced(function* (options: AssemblyOptions) {
  const { environment } = yield* Screen
  const home = join(options.folder, ".dynactor", "cdk", options.stack)
  const out = join(home, "out")
  mkdirSync(home, { recursive: true })
  const ignored = join(options.folder, ".dynactor", ".gitignore")
  if (!existsSync(ignored)) writeFileSync(ignored, "*\n")
  const app = join(home, "app.mjs")
  writeFileSync(app, appText(options))
  const code = yield* runProcess(process.execPath, [...conditions(), app], {
    folder: options.folder,
    environment: { ...environment, CDK_OUTDIR: out },
    out: "error"
  })
  const file = join(out, `${options.stack}.template.json`)
  if (code !== 0 || !existsSync(file))
    return yield* new CommandFailed({
      kind: "SynthesisFailed",
      exitCode: exitCodes.failed,
      message: `the stack ${options.stack} cannot be made of ${relative(options.folder, options.entry)}; why stands above.`,
      todo: "where a package is missing: npm install -D aws-cdk aws-cdk-lib constructs esbuild, and the AWS SDK's clients that docs/deploy.md lists"
    })
  return { folder: out, template: JSON.parse(readFileSync(file, "utf8")) as Template } satisfies Assembly
})

/** The entry is bundled under the conditions that this process resolves packages by. */
const conditions = (): ReadonlyArray<string> =>
  process.execArgv.filter((flag) => flag.startsWith("--conditions=") || flag.startsWith("-C="))

const appText = ({ entry, hasHttpApi, isThrowaway, stack, tenant }: AssemblyOptions): string =>
  stackApp({
    stack,
    entry: JSON.stringify(entry),
    outputsFor: "command",
    properties: [
      `throwaway: ${isThrowaway},`,
      ...(hasHttpApi ? ["httpApiAuthorizer: new HttpIamAuthorizer(),"] : []),
      ...(tenant === undefined ? [] : [`tenant: ${JSON.stringify(tenant)},`]),
      'bundling: { conditions: process.execArgv.flatMap((flag) => (flag.startsWith("--conditions=") ? [flag.slice(13)] : [])) }'
    ]
  })

/** What a stack leaves behind when it is deleted: its data. */
export const retainedBy = ({ Resources }: Template): ReadonlyArray<string> =>
  Object.entries(Resources)
    .filter(([, { DeletionPolicy }]) => DeletionPolicy?.startsWith("Retain") === true)
    .map(([logicalId, { Type }]) => `${logicalId} (${Type})`)

/** And what goes with it, by kind. */
export const deletedBy = ({ Resources }: Template): ReadonlyArray<string> => {
  const counts = new Map<string, number>()
  for (const { DeletionPolicy, Type } of Object.values(Resources))
    if (DeletionPolicy?.startsWith("Retain") !== true) counts.set(Type, (counts.get(Type) ?? 0) + 1)
  return [...counts].map(([type, count]) => `${count} ${type}`)
}
