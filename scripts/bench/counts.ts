/**
 * What no neighbour on the machine can disturb, of one engine in a fresh process: `counts.ts <folder>`. Prints `RESULT <json>`.
 */
import { registerHooks } from "node:module"

const ours = new URL(".", import.meta.resolve("dynactor")).href
const files = new Set<string>()
registerHooks({
  load: (url, context, next) => {
    if (url.startsWith(ours)) files.add(url)
    return next(url, context)
  }
})

const { count } = await import("./count.ts")
const figures = await count(process.argv[2] ?? "", () => files.size)
console.log(`RESULT ${JSON.stringify(figures)}`)
process.exit(0)
