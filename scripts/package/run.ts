import { execFileSync } from "node:child_process"

/** What a command prints; its errors go where ours go. */
export const run = (command: string, args: ReadonlyArray<string>, cwd: string): string =>
  // npm puts its own Node in front: what is installed in a project is asked for by its path.
  execFileSync(command, args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"], timeout: 300_000 })

/** Nothing of a package is run when it is installed. */
export const npmInstall = (cwd: string, packages: ReadonlyArray<string>): void => {
  run("npm", ["install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts", ...packages], cwd)
}
