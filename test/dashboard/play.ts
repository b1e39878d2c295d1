// Serves the dashboard over seeded runs, to look at it, after `npm run build:dashboard`:
//   node --conditions=source test/dashboard/play.ts [port] [messages of a long run]
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import { dashboardPages } from "../../src/http.ts"
import { openDashboard } from "./openDashboard.ts"
import { seedLong } from "./seed.ts"

const [port = "4400", messages = "0"] = process.argv.slice(2)
const folder = mkdtempSync(join(tmpdir(), "dynactor-play-"))
process.on("exit", () => rmSync(folder, { recursive: true, force: true }))
process.on("SIGTERM", () => process.exit(0))
process.on("SIGINT", () => process.exit(0))

const play = Effect.gen(function* () {
  const { engine, url } = yield* openDashboard(join(folder, "runs.db"), { pages: dashboardPages(), port: Number(port) })
  if (messages !== "0") yield* seedLong(engine, "long", Number(messages))
  yield* Console.log(`serves ${url}/dashboard/`)
  yield* Effect.never
})

await Effect.runPromise(Effect.scoped(play))
