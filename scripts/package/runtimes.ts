import { copyFileSync } from "node:fs"
import { join } from "node:path"
import { npmInstall, run } from "./run.ts"

export interface Runtime {
  readonly name: string
  /** What npm has it as, and where in that the program is. */
  readonly npmName: string
  readonly program: string
  readonly args?: ReadonlyArray<string>
}

const { platform, arch } = process
const libc = platform === "linux" ? "-glibc" : ""

const node = (version: string): Runtime => ({
  name: `node-${version}`,
  npmName: `node-${platform}-${arch}@${version}`,
  program: `node-${platform}-${arch}/bin/node`
})

/** The first Node that has `node:sqlite` without a flag, the one that the suite runs on, and the newest; and what else runs the package. */
export const runtimes: ReadonlyArray<Runtime> = [
  node("22.13.0"),
  node("24.21.0"),
  node("26.10.0"),
  {
    name: "bun-1.4.5",
    npmName: `@oven/bun-${platform}-${arch}@1.4.5`,
    program: `@oven/bun-${platform}-${arch}/bin/bun`
  },
  {
    name: "deno-2.9.6",
    npmName: `@deno/${platform}-${arch}${libc}@2.9.6`,
    program: `@deno/${platform}-${arch}${libc}/deno`,
    args: ["run", "--allow-all"]
  }
]
/** Where it is, once `smokeOn` has put it there. */
export const programOf = ({ program }: Runtime, project: string): string => join(project, "node_modules", program)

export const held = runtimes.map(({ name }) => name)

/** One at a time in the project: all that npm has as a Node is called `node`. */
export const smokeOn = (runtime: Runtime, project: string): string => {
  const { name, npmName, args = [] } = runtime
  npmInstall(project, ["--no-save", npmName])
  copyFileSync(join(import.meta.dirname, "smoke.mjs"), join(project, "smoke.mjs"))
  const said = run(programOf(runtime, project), [...args, "smoke.mjs"], project)
  // A run that fails its first attempt says so, before the last line.
  const last = said.trimEnd().split("\n").at(-1) ?? ""
  if (!last.startsWith(`${name}: `)) throw new Error(`${name} was to run it, and it was ${said}`)
  return last.slice(name.length + 2)
}
