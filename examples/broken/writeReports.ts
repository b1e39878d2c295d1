import { readFileSync, writeFileSync } from "node:fs"
import { checks, type Example, failureOf, reportOf } from "./reports.ts"

// Puts today's reports into docs/testing.md, where a test compares them: node --conditions=source examples/broken/writeReports.ts

const docs = new URL("../../docs/testing.md", import.meta.url)

let text = readFileSync(docs, "utf8")
for (const example of Object.keys(checks) as ReadonlyArray<Example>) {
  const report = reportOf(await failureOf(example))
  const block = new RegExp(`(<!-- report: ${example} -->\n\n\`\`\`text\n)[^]*?(\n\`\`\`)`)
  text = text.replace(block, (_, before: string, after: string) => `${before}${report}${after}`)
}
writeFileSync(docs, text)
