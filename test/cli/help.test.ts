import { spawnSync } from "node:child_process"
import type * as Command from "effect/cli/Command"
import * as Effect from "effect/Effect"
import { describe, expect, it } from "vitest"
import { root } from "../../src/cli/root.ts"
import { wrapHelp } from "../../src/cli/wrapHelp.ts"
import { cli, plain } from "./commandLine.ts"
import { configOf, type Given, innermost, listedCommands } from "./everyCommand.ts"

const commands = listedCommands

/** The flags of every command that are yes or no; of those below others and of those that are not listed as well. */
const yesOrNo = (command: Command.Command.Any, path = ""): ReadonlyArray<readonly [string, Given]> => {
  return [
    ...configOf(command)
      .flags.filter((flag) => innermost(flag).primitiveType?._tag === "Boolean")
      .map((flag) => [`${path}--${innermost(flag).name}`, flag] as const),
    ...command.subcommands.flatMap(({ commands }) => commands.flatMap((one) => yesOrNo(one, `${path}${one.name} `)))
  ]
}

describe("help", () => {
  it("of the whole names every command with a line", async () => {
    const { code, error, out } = await Effect.runPromise(cli(["--help"]))
    expect({ code, error }).toEqual({ code: 0, error: "" })
    for (const { name, shortDescription } of commands)
      expect(out).toMatch(new RegExp(`\n  ${name} +${shortDescription}\n`))
  })

  it.each(commands.map(({ name }) => name))("of %s has sentences, an example, and --json", async (name) => {
    const command = commands.find((one) => one.name === name)
    const { code, out } = await Effect.runPromise(cli([name, "--help"]))
    expect(code).toBe(0)
    expect(command?.description).toMatch(/^[A-Z].*\.$/s)
    expect(command?.shortDescription).toMatch(/^[A-Z].*[^.]$/)
    expect(out).toContain("--json")
    expect(command?.examples.length).toBeGreaterThan(0)
    for (const example of command?.examples ?? []) {
      expect(out).toContain(example.command)
      expect(example.command).toMatch(new RegExp(`^dynactor ${name}\\b`))
    }
  })

  it.each(commands.map(({ name }) => name))(
    "of %s breaks its lines between words where a terminal ends",
    async (name) => {
      const { out } = await Effect.runPromise(cli([name, "--help"]))
      const wordsOf = (text: string) => text.split(/\s+/)
      for (const columns of [40, 80, 100]) {
        const wrapped = wrapHelp(out, columns)
        expect(wordsOf(wrapped)).toEqual(wordsOf(out))
        const isWhole = (line: string) => line.startsWith("  dynactor ") || !line.trim().includes(" ")
        expect(wrapped.split("\n").filter((line) => line.length > columns && !isWhole(line))).toEqual([])
        for (const line of out.split("\n")) if (line.startsWith("  dynactor ")) expect(wrapped).toContain(line)
      }
      const shown = await Effect.runPromise(cli([name, "--help"], { isTerminal: true }))
      expect(plain(shown.out)).toBe(wrapHelp(out, 100))
    }
  )

  it("goes on under its own column, or nearer where that leaves no room", () => {
    const flag = "  --wait    Waits until the run has ended, and prints what it has come to"
    expect(wrapHelp(flag, 40).split("\n")).toEqual([
      "  --wait    Waits until the run has",
      "            ended, and prints what it",
      "            has come to"
    ])
    expect(wrapHelp(flag, 22).split("\n")).toEqual([
      "  --wait    Waits",
      "      until the run",
      "      has ended, and",
      "      prints what it",
      "      has come to"
    ])
    expect(wrapHelp("  # All that have failed since then", 24).split("\n")).toEqual([
      "  # All that have failed",
      "    since then"
    ])
  })

  it.each(yesOrNo(root))("%s may be left out", async (_, flag) => {
    const none = { flags: {}, arguments: [] }
    expect(await Effect.runPromise(Effect.exit(flag.parse(none)))).toMatchObject({ _tag: "Success" })
  })

  it("says the version", async () => {
    const { out } = await Effect.runPromise(cli(["--version"]))
    expect(out).toMatch(/^\d+\.\d+\.\d+\S*\n$/)
  })
})

describe("completions", () => {
  it.each(["bash", "zsh", "fish"])("for %s have the commands and their flags", async (shell) => {
    const { code, out } = await Effect.runPromise(cli(["completions", shell]))
    expect(code).toBe(0)
    expect(commands.map(({ name }) => name).filter((name) => !out.includes(name))).toEqual([])
    expect(out).toContain("older-than")
  })

  it("for bash are a script that bash takes", async () => {
    const { out } = await Effect.runPromise(cli(["completions", "bash"]))
    const { status, stderr } = spawnSync("bash", ["-n"], { input: out, encoding: "utf8" })
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" })
  })
})
