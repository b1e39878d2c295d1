import { rmSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { App, type Stack } from "aws-cdk-lib"

/** Where assemblies go. */
const folder = fileURLToPath(new URL("../../.local/rig/", import.meta.url))

/** As `npx cdk synth` does it, without the command: answers the folder of the assembly. The same name is written over. */
export const synthesize = (name: string, make: (app: App) => Stack): { assembly: string; stackName: string } => {
  const outdir = `${folder}${name}`
  rmSync(outdir, { recursive: true, force: true })
  const app = new App({ outdir })
  const { stackName } = make(app)
  app.synth()
  return { assembly: outdir, stackName }
}
