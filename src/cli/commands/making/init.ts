import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs"
import { basename, dirname, join, relative, resolve } from "node:path"
import * as Argument from "effect/cli/Argument"
import * as Flag from "effect/cli/Flag"
import * as Prompt from "effect/cli/Prompt"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { CommandFailed, wrongUse } from "../../framework/commandFailed.ts"
import { exitCodes } from "../../framework/exitCodes.ts"
import { Output, printResult } from "../../framework/output.ts"
import { ownManifest } from "../../framework/ownManifest.ts"
import { yesFlag } from "../../framework/question.ts"
import { hasColours, Screen } from "../../framework/screen.ts"
import { projectFiles } from "../../project/projectFiles.ts"
import { defineCommand } from "../defineCommand.ts"

export const init = defineCommand("init", {
  summary: "Make a new project that runs",
  description:
    "Makes a folder with a workflow, its tests, and what TypeScript, the command line and CDK need. A folder that is not empty is refused, unless told --force: then files that are there are left as they are. With --yes, and where there is no terminal, nothing is asked.",
  json: "{ folder, name, files, skipped }",
  examples: [
    ["init bikes", "A project in the new folder bikes"],
    ["init --yes --no-cdk", "Here, without AWS, and without a question"]
  ],
  input: {
    folder: Argument.String("folder").pipe(Argument.withDescription("Default: this one"), Argument.withDefault(".")),
    name: Flag.String("name").pipe(
      Flag.withMetavar("NAME"),
      Flag.withDescription("Of the package. Default: the folder's"),
      Flag.optional
    ),
    cdk: Flag.Boolean("cdk").pipe(
      Flag.withDescription("A CDK app for AWS as well; --no-cdk: none. Default: yes, or asked"),
      Flag.optional
    ),
    force: Flag.Boolean("force").pipe(
      Flag.withoutNegation,
      Flag.withDefault(false),
      Flag.withDescription("Though the folder is not empty; what is there stays")
    ),
    yes: yesFlag
  },
  run: Effect.fnUntraced(function* (given) {
    const screen = yield* Screen
    const output = yield* Output
    const folder = resolve(screen.directory, given.folder)
    yield* checkFolder(folder, given.force)
    const name = yield* nameOf(Option.getOrUndefined(given.name), folder)
    const canAsk = !given.yes && !output.isJson && screen.isInputTerminal && screen.isOutTerminal
    const hasCdk = Option.isSome(given.cdk) ? given.cdk.value : canAsk ? yield* askForCdk(screen) : true
    const skipped: Array<string> = []
    const files = Object.entries(projectFiles({ name, hasCdk, manifest: ownManifest() }))
    yield* Effect.try({
      try: () => {
        for (const [path, text] of files) {
          const file = join(folder, path)
          if (existsSync(file)) skipped.push(path)
          else {
            mkdirSync(dirname(file), { recursive: true })
            writeFileSync(file, text)
          }
        }
      },
      catch: (error) =>
        new CommandFailed({
          kind: "FolderRefused",
          exitCode: exitCodes.failed,
          message: `the project cannot be written to ${folder}: ${(error as Error).message}.`
        })
    })
    const written = files.map(([path]) => path).filter((path) => !skipped.includes(path))
    const place = relative(screen.directory, folder)
    yield* printResult({ folder, name, files: written, skipped }, (style) =>
      [
        `${style.green("made")} ${name} in ${place === "" ? "this folder" : place}`,
        ...written.map((path) => `  ${path}`),
        ...(skipped.length === 0 ? [] : [style.yellow(`left as they were: ${skipped.join(", ")}`)]),
        "",
        "next:",
        ...[...(place === "" ? [] : [`cd ${place}`]), "npm install", "npm run dev"].map((line) =>
          style.cyan(`  ${line}`)
        )
      ].join("\n")
    )
  })
})

const checkFolder = Effect.fnUntraced(function* (folder: string, isForced: boolean) {
  if (!existsSync(folder)) return
  const there = yield* Effect.try({
    try: () => readdirSync(folder).filter((name) => !harmless.has(name)),
    catch: (error) =>
      wrongUse(`${folder} is no folder that can be read: ${(error as Error).message}.`, "name another folder")
  })
  if (there.length === 0 || isForced) return
  return yield* wrongUse(
    `${folder} is not empty: ${there.slice(0, 5).join(", ")}${there.length > 5 ? " and more" : ""}.`,
    "name another folder, or say --force: what is there stays as it is"
  )
})

/** In a folder that somebody has just made for this. */
const harmless: ReadonlySet<string> = new Set([".git", ".DS_Store", ".idea", ".vscode"])

const nameOf = Effect.fnUntraced(function* (given: string | undefined, folder: string) {
  const made = basename(folder)
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, "-")
    .replace(/^[._-]+|-+$/g, "")
  const name = given ?? (made === "" ? "workflows" : made)
  if (/^(@[a-z0-9-~][a-z0-9-._~]*\/)?[a-z0-9-~][a-z0-9-._~]*$/.test(name) && name.length <= 214) return name
  return yield* wrongUse(
    `${JSON.stringify(name)} is no name of a package.`,
    'give the folder a name of lower case letters, digits, "-", "." and "_"'
  )
})

const askForCdk = (screen: Screen["Service"]) =>
  Prompt.run(
    Prompt.Confirm({
      message: "With a CDK app, to deploy it to AWS?",
      initial: true,
      theme: { colors: hasColours(true, screen.environment) }
    })
  )
