import { spawnSync } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { expect, it } from "vitest"
import { bundle } from "../../../scripts/bundles/bundle.ts"
import { maxBundleBytes } from "../../../src/streams/lambda/bundling.ts"

it("the functions' bundle is small, and runs where no package is", async () => {
  const { bytes, text, packages } = await bundle(fileURLToPath(new URL("definitions.ts", import.meta.url)))
  expect(bytes).toBeLessThan(maxBundleBytes)
  expect(packages.map(([name]) => name)).not.toContain("@aws-sdk/client-dynamodb-streams")

  const folder = mkdtempSync(join(tmpdir(), "dynactor-"))
  try {
    writeFileSync(join(folder, "index.mjs"), text)
    // With the first event the store is built, and an empty one asks nobody.
    const script = `
      import { stream, step, deadLetter, sweep, api } from "./index.mjs"
      const context = { getRemainingTimeInMillis: () => 10_000 }
      const answers = [await stream({ Records: [] }, context), await step({ Records: [] }, context)]
      const { statusCode } = await api({ rawPath: "/", requestContext: { http: { method: "GET" } } })
      console.log(JSON.stringify([...answers, statusCode, typeof deadLetter, typeof sweep]))`
    const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", script], {
      cwd: folder,
      encoding: "utf8",
      timeout: 20_000,
      env: {
        AWS_REGION: "us-east-1",
        DYNACTOR_TABLE: "t",
        DYNACTOR_BUCKET: "b",
        DYNACTOR_QUEUE_URL: "https://sqs.us-east-1.amazonaws.com/0/q"
      }
    })
    expect(stderr).toBe("")
    const nothing = { batchItemFailures: [] }
    expect(JSON.parse(stdout)).toEqual([nothing, nothing, 404, "function", "function"])
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
