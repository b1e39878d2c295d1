import { type ParseArgsConfig, parseArgs } from "node:util"

/** A sentence, and the exit code of a call that cannot be carried out. */
export const fail = (message: string): never => {
  console.error(message)
  process.exit(2)
}

/** The command line of a script. `--help` prints and ends it, and so does what it does not know, with 2. */
export const readOptions = <const O extends NonNullable<ParseArgsConfig["options"]>>(help: string, options: O) => {
  const withHelp = { ...options, help: { type: "boolean" } } as O & { readonly help: { readonly type: "boolean" } }
  const { values } = parsed(withHelp)
  if ((values as { readonly help?: boolean }).help === true) {
    console.log(help.trim())
    process.exit(0)
  }
  return values
}

const parsed = <const O extends NonNullable<ParseArgsConfig["options"]>>(options: O) => {
  try {
    return parseArgs({ options })
  } catch (error) {
    return fail(`${error instanceof Error ? error.message : String(error)}\n--help says what there is.`)
  }
}

export const count = (name: string, text: string, least: number): number => {
  const value = Number(text)
  return Number.isSafeInteger(value) && value >= least
    ? value
    : fail(`--${name} ${text}: give a whole number of ${least} or more`)
}

/** A chance, from 0 to 1. */
export const chance = (name: string, text: string): number => {
  const value = Number(text)
  return text.trim() !== "" && value >= 0 && value <= 1
    ? value
    : fail(`--${name} ${text}: give a number from 0 to 1, such as 0.01`)
}
