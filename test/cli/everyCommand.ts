import type * as Command from "effect/cli/Command"
import type * as Effect from "effect/Effect"
import { root } from "../../src/cli/root.ts"

/** A flag or an argument of `effect/cli`, as far as it is looked into: around the innermost one stand what it falls back to, and what else is made of it. */
export interface Given {
  readonly param?: Given
  readonly name?: string
  readonly primitiveType?: { readonly _tag: string; readonly choiceKeys?: ReadonlyArray<string> }
  readonly parse: (given: {
    readonly flags: object
    readonly arguments: ReadonlyArray<string>
  }) => Effect.Effect<unknown, unknown>
}

export const innermost = (given: Given): Given => (given.param === undefined ? given : innermost(given.param))

/** All that are listed, as the command line itself is defined. */
export const listedCommands: ReadonlyArray<Command.Command.Any> = root.subcommands
  .flatMap(({ commands }) => [...commands])
  .filter(({ unlisted }) => !unlisted)

export const configOf = (command: Command.Command.Any) =>
  (
    command as unknown as {
      readonly config: { readonly flags: ReadonlyArray<Given>; readonly arguments: ReadonlyArray<Given> }
    }
  ).config

/** It is about the runs of a target: of a file as of a table. */
export const isAboutRuns = (command: Command.Command.Any): boolean =>
  configOf(command).flags.some((flag) => innermost(flag).name === "table")

/** A command, or each of its actions where its first argument is one: `get`, `schedules pause`. */
export const usesOf = (command: Command.Command.Any): ReadonlyArray<string> => {
  const action = configOf(command)
    .arguments.map(innermost)
    .find(({ name }) => name === "action")
  return action === undefined
    ? [command.name]
    : (action.primitiveType?.choiceKeys ?? []).map((one) => `${command.name} ${one}`)
}

/** What one JSON document that a command prints may be: its keys. */
export interface Form {
  readonly needed: ReadonlyArray<string>
  readonly optional: ReadonlyArray<string>
}

/**
 * What the help of a command says that it prints with `--json` when it is typed so: `{ runIds, done, failed }; --dry-run: { runIds, dryRun }`.
 * A part that begins with an action or a flag is what is printed with that one. None: it is no object of known keys.
 */
export const formsOf = (command: Command.Command.Any, args: ReadonlyArray<string>): ReadonlyArray<Form> => {
  const [, told] = /With --json: (.+)\.$/s.exec(command.description ?? "") ?? []
  if (told === undefined) throw new Error(`the help of ${command.name} does not say what it prints with --json`)
  const parts = told.split("; ").map((part) => {
    const [, condition, forms] = /^(--[a-z-]+|[a-z]+): (.*)$/s.exec(part) ?? [undefined, undefined, part]
    return { condition, forms: forms ?? "" }
  })
  const fits =
    parts.find(({ condition }) => condition !== undefined && args.includes(condition)) ??
    parts.find(({ condition }) => condition === undefined)
  return [...(fits?.forms ?? "").matchAll(/\{ ([^}]*) \}/g)].map(([, inner = ""]) => {
    const keys = inner.split(", ")
    return {
      needed: keys.filter((key) => !key.endsWith("?")),
      optional: keys.filter((key) => key.endsWith("?")).map((key) => key.slice(0, -1))
    }
  })
}

export const isOf = ({ needed, optional }: Form, json: object): boolean => {
  const keys = Object.keys(json)
  return needed.every((key) => keys.includes(key)) && keys.every((key) => [...needed, ...optional].includes(key))
}
