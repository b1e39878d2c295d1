import { spawn } from "node:child_process"
import { existsSync } from "node:fs"
import { delimiter, dirname, join } from "node:path"
import * as Effect from "effect/Effect"
import { CommandFailed } from "../framework/commandFailed.ts"
import { exitCodes } from "../framework/exitCodes.ts"
import { Screen } from "../framework/screen.ts"

/** `cdk` of the project, or of a folder above it, or of the PATH. */
export const findCdk = Effect.fnUntraced(function* (folder: string) {
  const { environment } = yield* Screen
  const names = process.platform === "win32" ? ["cdk.cmd", "cdk"] : ["cdk"]
  const folders: Array<string> = []
  for (let at = folder; ; at = dirname(at)) {
    folders.push(join(at, "node_modules", ".bin"))
    if (dirname(at) === at) break
  }
  folders.push(...(environment.PATH ?? "").split(delimiter))
  const found = folders.flatMap((at) => names.map((name) => join(at, name))).find((file) => existsSync(file))
  if (found !== undefined) return found
  return yield* new CommandFailed({
    kind: "CdkMissing",
    exitCode: exitCodes.wrongUse,
    message: "AWS CDK is not installed: there is no cdk command in this project, nor on the PATH.",
    todo: "npm install -D aws-cdk aws-cdk-lib constructs esbuild"
  })
})

export interface CdkOptions {
  readonly folder: string
  readonly cdk: string
  /** Its standard output goes to standard error: ours is the result. */
  readonly isQuiet: boolean
}

/** Runs it on this terminal, so that it asks and tells as it does. Fails with what it has ended with. */
export const runCdk = Effect.fnUntraced(function* (args: ReadonlyArray<string>, { cdk, folder, isQuiet }: CdkOptions) {
  const { environment } = yield* Screen
  const code = yield* runProcess(cdk, args, { folder, environment, out: isQuiet ? "error" : "out" })
  if (code === 0) return
  return yield* new CommandFailed({
    kind: "CdkFailed",
    exitCode: exitCodes.failed,
    message: `cdk ${args[0]} has ended with ${code === null ? "a signal" : `exit code ${code}`}; what went wrong stands above.`
  })
})

export interface ProcessOptions {
  readonly folder: string
  readonly environment: { readonly [name: string]: string | undefined }
  readonly out: "out" | "error"
}

/** A child process on this terminal; ends with its exit code, or with this one's interruption. */
export const runProcess = (
  file: string,
  args: ReadonlyArray<string>,
  { environment, folder, out }: ProcessOptions
): Effect.Effect<number | null, CommandFailed> =>
  Effect.callback((resume) => {
    const child = spawn(file, args, {
      cwd: folder,
      env: environment,
      stdio: ["inherit", out === "out" ? "inherit" : 2, "inherit"]
    })
    child.on("error", (error) =>
      resume(
        Effect.fail(
          new CommandFailed({
            kind: "ProcessFailed",
            exitCode: exitCodes.failed,
            message: `${file} cannot be run: ${error.message}.`
          })
        )
      )
    )
    child.on("exit", (code) => resume(Effect.succeed(code)))
    return Effect.sync(() => child.kill("SIGTERM"))
  })
