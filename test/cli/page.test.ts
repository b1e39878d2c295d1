import { readFileSync, writeFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { exitCodes } from "../../src/cli/framework/exitCodes.ts"
import { targetFlags } from "../../src/cli/targets/targetFlags.ts"
import { commandsPage } from "./commandsPage.ts"

const page = "docs/guide/command-line.md"
const begin = "<!-- commands: written from the help texts -->\n\n"

describe("the page on the command line", () => {
  it("has the help of every command as it is (RECORD_COMMANDS=1 writes it)", async () => {
    const text = readFileSync(page, "utf8")
    const at = text.indexOf(begin)
    expect(at).toBeGreaterThan(0)
    const commands = `${await commandsPage()}\n`
    if (process.env.RECORD_COMMANDS === "1") writeFileSync(page, text.slice(0, at) + begin + commands)
    expect(readFileSync(page, "utf8").slice(at + begin.length)).toBe(commands)
  })

  it("names every exit code and every flag of a target", () => {
    const text = readFileSync(page, "utf8")
    for (const code of Object.values(exitCodes)) expect(text).toMatch(new RegExp(`^\\| ${code} \\| \\S`, "m"))
    for (const name of Object.keys(targetFlags))
      expect(text).toContain(`--${name.replace(/[A-Z]/g, (one) => `-${one.toLowerCase()}`)}`)
  })
})
