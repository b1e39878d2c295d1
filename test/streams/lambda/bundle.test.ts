import { spawnSync } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { expect, it } from "vitest"
import { bundle } from "../../../scripts/bundles/bundle.ts"
import { type BundleFile, bundleFiles } from "../../../src/streams/lambda/bundling.ts"

const entry = fileURLToPath(new URL("definitions.ts", import.meta.url))

const environment = {
  AWS_REGION: "us-east-1",
  DYNACTOR_TABLE: "t",
  DYNACTOR_BUCKET: "b",
  DYNACTOR_QUEUE_URL: "https://sqs.us-east-1.amazonaws.com/0/q"
}

/** With the first event the store is built, and an empty one asks nobody. */
const nothing = { batchItemFailures: [] }

it.each([
  {
    file: "turns" as const,
    script: `
      import { stream, step, deadLetter, sweep } from "./index.mjs"
      const context = { getRemainingTimeInMillis: () => 10_000 }
      const answers = [await stream({ Records: [] }, context), await step({ Records: [] }, context)]
      console.log(JSON.stringify([...answers, typeof deadLetter, typeof sweep]))`,
    answers: [nothing, nothing, "function", "function"]
  },
  {
    file: "api" as const,
    script: `
      import { api } from "./index.mjs"
      const ask = async (rawPath) => await api({ rawPath, requestContext: { http: { method: "GET" } } })
      const unknown = await ask("/")
      const { workflows } = JSON.parse((await ask("/definitions")).body)
      console.log(JSON.stringify([unknown.statusCode, workflows.length > 0, workflows[0].input !== null]))`,
    answers: [404, true, true]
  }
])("the file of $file is small, and runs where no package is", async ({ file, script, answers }) => {
  const { bytes, text, packages } = await bundle(entry, file)
  expect(bytes).toBeLessThan(bundleFiles[file].maxBytes)
  expect(packages.map(([name]) => name)).not.toContain("@aws-sdk/client-dynamodb-streams")

  const folder = mkdtempSync(join(tmpdir(), "dynactor-"))
  try {
    writeFileSync(join(folder, "index.mjs"), text)
    const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", script], {
      cwd: folder,
      encoding: "utf8",
      timeout: 20_000,
      env: environment
    })
    expect(stderr).toBe("")
    expect(JSON.parse(stdout)).toEqual(answers)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

/** Where the code of faces is: what answers requests, and what reads a run for people. */
const facesAlone = /^src\/(http\/(?!makeHandlers\.ts|webhooks\/|lambdaApi\.ts)|inspection\/)/

it("nothing that answers requests is in the file of the functions that turn runs", async () => {
  const filesOf = async (file: BundleFile) =>
    (await bundle(entry, file)).files
      .map((path) => path.replace(/^(\.\.\/)+/, ""))
      .filter((path) => facesAlone.test(path))
  expect(await filesOf("turns")).toEqual([])
  expect((await filesOf("api")).length).toBeGreaterThan(10)
})
