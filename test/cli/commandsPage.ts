import * as NodeChildProcessSpawner from "@effect/platform-node-shared/NodeChildProcessSpawner"
import * as NodeFileSystem from "@effect/platform-node-shared/NodeFileSystem"
import * as NodePath from "@effect/platform-node-shared/NodePath"
import * as NodeStdio from "@effect/platform-node-shared/NodeStdio"
import * as NodeTerminal from "@effect/platform-node-shared/NodeTerminal"
import * as CliConfig from "effect/cli/CliConfig"
import * as CliOutput from "effect/cli/CliOutput"
import * as Command from "effect/cli/Command"
import * as GlobalFlag from "effect/cli/GlobalFlag"
import type * as HelpDoc from "effect/cli/HelpDoc"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { root } from "../../src/cli/root.ts"
import { targetFlags } from "../../src/cli/targets/targetFlags.ts"

const node = Layer.provideMerge(
  NodeChildProcessSpawner.layer,
  Layer.mergeAll(NodeFileSystem.layer, NodePath.layer, NodeStdio.layer, NodeTerminal.layer)
)

/** What `--help` of a command is made of. */
const helpOf = async (name: string): Promise<HelpDoc.HelpDoc> => {
  let found: HelpDoc.HelpDoc | undefined
  const presenter: CliOutput.Presenter = {
    present: (event) =>
      Effect.sync(() => {
        if (event._tag === "Help") found = event.helpDoc
      })
  }
  await Effect.runPromise(
    Command.runWith(root, { version: "" })([name, "--help"]).pipe(
      Effect.provide(
        Layer.mergeAll(
          node,
          Layer.succeed(CliOutput.Presenter, presenter),
          CliConfig.layer({ builtIns: [GlobalFlag.Help, GlobalFlag.Version] })
        )
      )
    ) as Effect.Effect<void>
  )
  if (found === undefined) throw new Error(`${name} has no help`)
  return found
}

/** As they are typed: `queueUrl` is `--queue-url`. */
const targetNames = new Set(
  Object.keys(targetFlags).map((name) => name.replace(/[A-Z]/g, (one) => `-${one.toLowerCase()}`))
)

const flagRow = ({ aliases, description, name, type }: HelpDoc.FlagDoc): string => {
  const names = [`--${name}`, ...aliases].map((one) => (one.startsWith("-") ? one : `-${one}`)).join(", ")
  const value = type === "boolean" ? "" : ` ${type}`
  return `| \`${names}${value.replaceAll("|", "\\|")}\` | ${cell(Option.getOrElse(description, () => ""))} |`
}

const cell = (text: string): string => text.replaceAll("|", "\\|")

const section = async (name: string): Promise<string> => {
  const { args = [], description, examples = [], flags, usage } = await helpOf(name)
  const isTarget = flags.some((flag) => flag.name === "table")
  const own = flags.filter((flag) => !isTarget || !targetNames.has(flag.name))
  const rows = [
    ...args.map((arg) => `| \`${arg.name}\` | ${cell(Option.getOrElse(arg.description, () => ""))} |`),
    ...own.map(flagRow)
  ]
  return [
    `### ${name}`,
    description,
    `\`${usage}\`${isTarget ? ", with the [flags of the target](#where-the-runs-are)" : ""}`,
    ...(rows.length === 0 ? [] : [["| | |", "| --- | --- |", ...rows].join("\n")]),
    [
      "```sh",
      ...examples.map(
        ({ command, description }) => `${command}${description === undefined ? "" : `   # ${description}`}`
      ),
      "```"
    ].join("\n")
  ].join("\n\n")
}

/** The part of the page that is the help of each command. */
export const commandsPage = async (): Promise<string> => {
  const parts: Array<string> = []
  for (const { commands, group } of root.subcommands) {
    parts.push(`## ${group}`)
    for (const { name, unlisted } of commands) if (!unlisted) parts.push(await section(name))
  }
  return parts.join("\n\n")
}
