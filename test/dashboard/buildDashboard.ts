import { build } from "vite"
import { temporaryFolder } from "../temporaryFolder.ts"

/** As `npm run build` makes it, in a folder of the test's own. */
export const buildDashboard = async (): Promise<string> => {
  const outDir = temporaryFolder("dashboard")
  const { NODE_ENV } = process.env
  // The runner's own is "test", by which libraries choose what they say to developers.
  process.env.NODE_ENV = "production"
  await build({ configFile: "dashboard/vite.config.ts", logLevel: "silent", build: { outDir } })
  process.env.NODE_ENV = NODE_ENV
  return outDir
}
