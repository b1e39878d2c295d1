import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { App, type Stack } from "aws-cdk-lib"

/** A cloud assembly in a folder of its own, which goes with this process, or before. */
export interface Synthesized {
  readonly assembly: string
  readonly stackName: string
  readonly remove: () => void
}

/** As `npx cdk synth` does it, without the command. It takes seconds. */
export const synthesize = (make: (app: App) => Stack): Synthesized => {
  const assembly = mkdtempSync(join(tmpdir(), "dynactor-rig-"))
  const remove = () => rmSync(assembly, { recursive: true, force: true })
  process.once("exit", remove)
  const app = new App({ outdir: assembly })
  const { stackName } = make(app)
  app.synth()
  return { assembly, stackName, remove }
}
