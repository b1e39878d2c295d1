import * as path from "node:path"
import { pathToFileURL } from "node:url"
import type { Workflow } from "dynactor"

/** The definitions of the example that a history is of: `map-add` and `map-add.failed` are of `examples/map-add/workflows.ts`. */
export const examplesWorkflows = async (history: string): Promise<ReadonlyArray<Workflow<string, any, any, any>>> => {
  const [folder = ""] = history.split(".")
  const file = path.join(import.meta.dirname, "..", "..", "examples", folder, "workflows.ts")
  const { workflows } = await import(pathToFileURL(file).href)
  return workflows
}
