import { writeFileSync } from "node:fs"
import * as path from "node:path"
import { bugbankFile } from "./bugbank/figures.ts"
import { figuresFile, guaranteesPage, pageFile } from "./guarantees/page.ts"
import { readOptions } from "./options.ts"

const help = `Writes ${pageFile} anew.

  npm run guarantees

From scripts/guarantees/promises.ts (what is promised, and the tests that hold it), docs/architecture.md (the invariants) and
${figuresFile("core")}, its neighbours and ${bugbankFile}, which \`npm run simulate -- --record\` and \`npm run bugbank -- --record\` write. A test fails while the page is not what this would write.
`

readOptions(help, {})
writeFileSync(path.join(import.meta.dirname, "..", pageFile), guaranteesPage())
console.log(`wrote ${pageFile}`)
