import { readFileSync } from "node:fs"
import { join } from "node:path"

export type TutorialStep =
  | { readonly kind: "file"; readonly path: string; readonly text: string }
  /** `how` is what the page says of it: nothing (it ends well), `installed`, `killed` or `beside` (until `stop`). */
  | { readonly kind: "run"; readonly how: string; readonly commands: ReadonlyArray<string> }
  | { readonly kind: "seen" }
  | { readonly kind: "stop" }

const home = "examples/tutorial/"

/** What a reader of the page does, one after the other. */
export const readTutorial = (folder: string): ReadonlyArray<TutorialStep> => {
  const page = readFileSync(join(folder, "docs/guide/tutorial.md"), "utf8")
  const marks = /<!-- (\w+)(?:: (\S+))? -->(?:\n\n```\w+\n([\s\S]*?)```)?/g
  return [...page.matchAll(marks)].map(([all, kind = "", said = "", text = ""]): TutorialStep => {
    if (kind === "seen" || kind === "stop") return { kind }
    if (kind === "file" && said.startsWith(home)) return { kind, path: said.slice(home.length), text }
    if (kind === "run" && text !== "") return { kind, how: said, commands: text.trim().split("\n") }
    throw new Error(`the tutorial says ${all}, which nobody can do`)
  })
}
