import { readFileSync, writeFileSync } from "node:fs"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { describe, expect } from "vitest"
import { rent, returned, steps, workflows } from "../../examples/guide/looking.ts"
import { cli } from "../cli/commandLine.ts"
import { eventually, live, openEngine, tempFile } from "../streams/engine.ts"

const path = "docs/guide/looking-at-runs.md"

// `WRITE_PAGE=1` writes what they print into the page.

/** What differs each time: moments, lengths of time, amounts, places. */
const masked = (text: string): string =>
  text
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z \([^)]*\)/g, "<moment>")
    .replace(/\+\d+(\.\d+)? m?s/g, "+<time>")
    .replace(/\$[\d.]+/g, "$<amount>")
    // As many as the turns that happened to be taken.
    .replace(/\d+ (write units|read units|commits)/g, "<some> $1")
    .replace(/\S*\/(\w+)\.ts:\d+:\d+/g, "$1.ts")
    .replace(/is \d+\.\d+\.\d+\./g, "is <version>.")
    .replace(/\d+ [GM]B left/g, "<space> left")
    .replace(/[ \t]+/g, " ")
    .trimEnd()

describe("the page on looking at runs", () => {
  live("shows what the commands print", () =>
    Effect.gen(function* () {
      const filename = yield* tempFile
      const { client } = yield* openEngine({ filename, workflows, steps })
      const input = (bike: string) => ({ bike, card: Redacted.make("4242 4242 4242 4242") })
      const waits = (runId: string) =>
        eventually(
          `${runId} waits`,
          Effect.map(client.get(runId), ({ waitingFor }) => waitingFor.length > 0)
        )
      for (const runId of ["rental-16", "rental-17"]) {
        yield* client.start(rent, { runId, input: input(`bike ${runId.slice(-2)}`) })
        yield* waits(runId)
      }
      yield* client.signal("rental-16", returned, { station: 4 })
      yield* client.wait(rent, "rental-16")
      const text = readFileSync(path, "utf8")
      const blocks = [...text.matchAll(/```console\n\$ npx dynactor ([^\n]+)\n([\s\S]*?)```/g)]
      expect(blocks.map(([, command = ""]) => command.split(" ")[0])).toEqual(
        expect.arrayContaining(["history", "why", "replay", "check", "cost", "doctor"])
      )
      let page = text
      for (const [whole, command = "", shown = ""] of blocks) {
        const args = command
          .replace("src/workflows.ts", `${process.cwd()}/examples/guide/looking.ts`)
          .replace("src/changed.ts", `${process.cwd()}/test/guide/looking/changed.ts`)
          .split(" ")
        const { out } = yield* cli([...args, "--file", filename])
        page = page.replace(
          whole,
          () =>
            `\`\`\`console\n$ npx dynactor ${command}\n${out.replace(/\S*\/(\w+)\.ts:(\d+)/g, "src/$1.ts:$2")}\`\`\``
        )
        if (process.env.WRITE_PAGE === undefined)
          expect({ command, out: masked(out) }).toEqual({ command, out: masked(shown) })
      }
      if (process.env.WRITE_PAGE !== undefined) writeFileSync(path, page)
    })
  )
})
