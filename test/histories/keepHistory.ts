import { existsSync, writeFileSync } from "node:fs"
import * as path from "node:path"
import { pathToFileURL } from "node:url"
import { type RecordedHistory, readHistory, replayHistory, type TestRun } from "dynactor/testing"
import { examplesWorkflows } from "./examplesWorkflows.ts"

const directory = import.meta.dirname
const root = path.join(directory, "..", "..")

/**
 * Keeps the history of an example's run, see README.md here: recorded if it is asked for and there is none yet, and replayed with
 * today's code, which must end it as it ended then.
 */
export const keepHistory = async (name: string, run: TestRun): Promise<void> => {
  const file = path.join(directory, `${name}.json`)
  if (!existsSync(file)) {
    if (process.env.RECORD_HISTORIES === undefined)
      throw new Error(
        `there is no history ${name}.json in test/histories: record it by npm run histories -- <this test's file>`
      )
    writeFileSync(file, fileText(run.recordHistory()))
  }
  const history = await readHistory(file)
  const { outcome } = replayHistory(await workflowOf(name, history), history)
  if (outcome !== (history.outcome === null ? "open" : "same"))
    throw new Error(`${name}.json: the run now ends otherwise than when it was recorded (${outcome})`)
}

export const workflowOf = async (name: string, history: RecordedHistory) => {
  const workflows = await examplesWorkflows(name)
  const found = workflows.find(
    ({ version, workflowName }) => workflowName === history.workflow && version === history.definitionVersion
  )
  if (found !== undefined) return found
  throw new Error(
    `${name}.json is of ${history.workflow}, version ${history.definitionVersion}, which its example does not export`
  )
}

/** Stacks of defects name files: of this repository, and not of the machine. */
const fileText = (history: RecordedHistory): string => {
  const places = [pathToFileURL(`${root}${path.sep}`).href, `${root}${path.sep}`]
  const text = places.reduce((text, place) => text.replaceAll(place, ""), JSON.stringify(history, null, 2))
  return `${text}\n`
}
