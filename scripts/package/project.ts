import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { npmInstall } from "./run.ts"

const root = join(import.meta.dirname, "../..")

/** Those that a user of every entry point but the construct's installs beside dynactor. */
const peers = (): ReadonlyArray<string> => {
  const { peerDependencies, devDependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"))
  const names = Object.keys(peerDependencies).filter((name) => /^(effect$|@aws-sdk\/|fast-check$)/.test(name))
  return names.map((name) => `${name}@${devDependencies[name] ?? peerDependencies[name]}`)
}

/** An empty project with the package in it. */
export const emptyProject = (folder: string, tarball: string): string => {
  const project = join(folder, "project")
  mkdirSync(project)
  writeFileSync(join(project, "package.json"), '{ "private": true, "type": "module" }')
  npmInstall(project, [tarball, ...peers()])
  return project
}
