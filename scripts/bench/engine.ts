/** One engine in a fresh process: `engine.ts <sqlite|dynamodb> <folder or endpoints> [workload ...]`. Prints `RESULT <json>`. */
import { enableCompileCache } from "node:module"

// As an application would that cares for its start: from the second process on, modules come compiled.
enableCompileCache()
const { run } = await import("./run.ts")
const [kind = "", where = "", ...wanted] = process.argv.slice(2)
console.log(`RESULT ${JSON.stringify(await run(kind, where, wanted))}`)
process.exit(0)
