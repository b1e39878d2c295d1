import { readFileSync, writeFileSync } from "node:fs"
import * as path from "node:path"
import { mutationFigures, type Report } from "./mutation/figures.ts"
import { readOptions } from "./options.ts"

const reportFile = ".local/mutation/report.json"
const pageFile = "docs/mutation.md"
const marks = ["<!-- report -->", "<!-- end of report -->"] as const

const help = `What the last \`npm run mutation\` found, as Markdown.

  npm run mutation:report [-- --write]

Reads ${reportFile}: a table of scores, and every mutant that lives with the reason that scripts/mutation/survivors.ts gives.
--write puts it into ${pageFile}. Fails if a mutant lives without a reason.
`

const values = readOptions(help, { write: { type: "boolean", default: false } })
const root = path.join(import.meta.dirname, "..")
const report = JSON.parse(readFileSync(path.join(root, reportFile), "utf8")) as Report
const { markdown, unexplained } = mutationFigures(report, new Date())
if (values.write) {
  const page = path.join(root, pageFile)
  const text = readFileSync(page, "utf8")
  const [begin, end] = marks.map((mark) => text.indexOf(mark)) as [number, number]
  if (begin < 0 || end < begin) throw new Error(`${pageFile} has no place between ${marks.join(" and ")}`)
  writeFileSync(page, `${text.slice(0, begin + marks[0].length)}\n\n${markdown}\n\n${text.slice(end)}`)
  console.log(`wrote ${pageFile}`)
} else console.log(markdown)
for (const line of unexplained) console.error(`lives without a reason: ${line}`)
process.exitCode = unexplained.length === 0 ? 0 : 1
