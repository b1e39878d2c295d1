import * as Context from "effect/Context"
import { decodeText } from "./decodeText.ts"

/** The process around a command: what it reads and writes. Tests have one of their own. */
export class Screen extends Context.Service<
  Screen,
  {
    readonly out: (text: string) => void
    readonly error: (text: string) => void
    /** Standard input, to its end. */
    readonly readInput: () => Promise<string>
    readonly isInputTerminal: boolean
    readonly isOutTerminal: boolean
    readonly isErrorTerminal: boolean
    /** Of the terminal; 100 where there is none. */
    readonly columns: () => number
    readonly environment: { readonly [name: string]: string | undefined }
    readonly directory: string
    /** Ctrl-C is how this command is meant to end: exit code 0. */
    readonly endWellOnInterrupt: () => void
    /** Code of the user's comes in. Where standard output is read by a program, what that code writes there goes to standard error from here on. */
    readonly letOthersIn: () => void
  }
>()("dynactor/cli/Screen") {}

/** The screen of this process. A pipe that nobody reads any more is no error: what is written there is dropped, and the process ends. */
export const processScreen = (endWellOnInterrupt: () => void): Screen["Service"] => {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EPIPE" || error.code === "ERR_STREAM_DESTROYED") process.exit(0)
      throw error
    })
  }
  const write = process.stdout.write.bind(process.stdout)
  return {
    out: (text) => void write(text),
    error: (text) => void process.stderr.write(text),
    readInput: async () => {
      const chunks: Array<Buffer> = []
      for await (const chunk of process.stdin) chunks.push(Buffer.from(chunk))
      return decodeText(Buffer.concat(chunks))
    },
    isInputTerminal: process.stdin.isTTY === true,
    isOutTerminal: process.stdout.isTTY === true,
    isErrorTerminal: process.stderr.isTTY === true,
    columns: () => process.stdout.columns || process.stderr.columns || 100,
    environment: process.env,
    directory: process.cwd(),
    endWellOnInterrupt,
    letOthersIn: () => {
      if (process.stdout.isTTY !== true) process.stdout.write = process.stderr.write.bind(process.stderr)
    }
  }
}

/** By the environment, then by what is there: https://no-color.org and FORCE_COLOR. */
export const hasColours = (
  isTerminal: boolean,
  { NO_COLOR, FORCE_COLOR, TERM }: { readonly [name: string]: string | undefined }
): boolean => {
  if (NO_COLOR !== undefined && NO_COLOR !== "") return false
  if (FORCE_COLOR !== undefined && FORCE_COLOR !== "" && FORCE_COLOR !== "0" && FORCE_COLOR !== "false") return true
  return isTerminal && TERM !== "dumb"
}
