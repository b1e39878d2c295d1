import { type ChildProcess, spawn, spawnSync } from "node:child_process"
import { mkdirSync, writeFileSync } from "node:fs"
import { delimiter, dirname, join } from "node:path"
import { readTutorial, type TutorialStep } from "./page.ts"

/** From the first word of `npm install` to a run on the dashboard. Most of it is the registry's. */
const mostSeconds = 120

export interface Tutorial {
  /** From `npm install` to a run on the dashboard; undefined: this Node has no `dev`, and has said so. */
  readonly secondsToRun: number | undefined
  readonly commands: number
}

/** Does the tutorial, as the installed package's own page has it, in a new folder and with this Node. */
export const doTutorial = async (folder: string, node: string, tarball: string, root: string): Promise<Tutorial> => {
  mkdirSync(folder)
  const reader = new Reader(folder, environmentWith(node), tarball)
  try {
    for (const step of readTutorial(root)) await reader.follow(step)
  } finally {
    await reader.stop()
  }
  const { commands, secondsToRun } = reader
  if (secondsToRun === undefined && !reader.hasNoDev) throw new Error("the tutorial shows no run on the dashboard")
  if (secondsToRun !== undefined && secondsToRun > mostSeconds)
    throw new Error(`from npm install to a run on the dashboard: ${secondsToRun} s, and the most is ${mostSeconds}`)
  return { secondsToRun, commands }
}

const environmentWith = (node: string): NodeJS.ProcessEnv => {
  const [major = 0, minor = 0] = (/(\d+)\.(\d+)\.\d+/.exec(spawnSync(node, ["--version"]).stdout.toString()) ?? [])
    .slice(1)
    .map(Number)
  const { NODE_OPTIONS: _ours, ...environment } = process.env
  return {
    ...environment,
    PATH: [dirname(node), environment.PATH ?? ""].join(delimiter),
    npm_config_audit: "false",
    npm_config_fund: "false",
    npm_config_update_notifier: "false",
    // As the page says.
    ...(major === 22 && minor < 18 ? { NODE_OPTIONS: "--experimental-strip-types" } : {})
  }
}

const hasEnded = ({ exitCode, signalCode }: ChildProcess): boolean => exitCode !== null || signalCode !== null

class Reader {
  commands = 0
  /** Below Node 22.15, as the page says: what is done beside `dev` is left out. */
  hasNoDev = false
  private isLeftOut = false
  secondsToRun: number | undefined
  private beganAt = 0
  private beside: ChildProcess | undefined
  private said = ""
  private readonly folder: string
  private readonly environment: NodeJS.ProcessEnv
  private readonly tarball: string

  constructor(folder: string, environment: NodeJS.ProcessEnv, tarball: string) {
    this.folder = folder
    this.environment = environment
    this.tarball = tarball
  }

  async follow(step: TutorialStep): Promise<void> {
    if (this.isLeftOut && step.kind !== "stop" && step.kind !== "file") return
    if (step.kind === "stop") this.isLeftOut = false
    switch (step.kind) {
      case "file": {
        const file = join(this.folder, step.path)
        mkdirSync(dirname(file), { recursive: true })
        return writeFileSync(file, step.text)
      }
      case "run":
        if (step.how === "installed") this.beganAt = performance.now()
        for (const command of step.commands) await this.run(command, step.how)
        return
      case "seen":
        return this.see()
      case "stop":
        return this.stop()
    }
  }

  private async run(command: string, how: string): Promise<void> {
    this.commands++
    if (how === "beside") return this.start(command)
    // What is published under this name is the version before.
    const line = how === "installed" ? command.replace(/\bdynactor\b/, this.tarball) : command
    const { signal, status, stderr, stdout } = spawnSync("bash", ["-c", line], {
      cwd: this.folder,
      env: this.environment,
      encoding: "utf8",
      timeout: 300_000
    })
    const isKilled = signal === "SIGKILL" || status === 137
    if (how === "killed" ? isKilled : status === 0) return
    throw new Error(`the tutorial says ${command}, and that ended with ${signal ?? status}:\n${stdout}${stderr}`)
  }

  /** Until it says where the dashboard is. */
  private async start(command: string): Promise<void> {
    const child = spawn("bash", ["-c", `exec ${command}`], { cwd: this.folder, env: this.environment, detached: true })
    this.beside = child
    for (const stream of [child.stdout, child.stderr])
      stream?.on("data", (data: Buffer) => {
        this.said += data.toString()
      })
    await this.until(() => hasEnded(child) || /is loaded/.test(this.said), "the dev server")
    this.hasNoDev = hasEnded(child) && /take Node 22\.15 or later/.test(this.said)
    this.isLeftOut = this.hasNoDev
    if (hasEnded(child) && !this.hasNoDev)
      throw new Error(`the tutorial says ${command}, and that has ended:\n${this.said}`)
  }

  private async see(): Promise<void> {
    const url = /http:\/\/\S+?(?=\/dashboard\/)/.exec(this.said)?.[0]
    const page = await fetch(`${url}/dashboard/`)
    if (!/<script/.test(await page.text())) throw new Error("there is no dashboard")
    const { runs } = (await (await fetch(`${url}/runs`)).json()) as { readonly runs: ReadonlyArray<unknown> }
    if (runs.length !== 1) throw new Error(`the dashboard has ${runs.length} runs`)
    this.secondsToRun = Math.round((performance.now() - this.beganAt) / 100) / 10
  }

  /** As Ctrl-C: the terminal tells the whole group. */
  async stop(): Promise<void> {
    const child = this.beside
    this.beside = undefined
    if (child?.pid === undefined || hasEnded(child)) return
    process.kill(-child.pid, "SIGINT")
    await this.until(() => hasEnded(child), "the end of the dev server")
  }

  private async until(isSo: () => boolean, what: string): Promise<void> {
    const deadline = performance.now() + 60_000
    while (!isSo()) {
      if (performance.now() > deadline) throw new Error(`${what} is waited for in vain:\n${this.said}`)
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
}
