/** Of a schedule that a deployment names as data. */
export interface NamedWorkflow {
  readonly schedule: string
  readonly workflow: string
}

/**
 * Schedules of workflows that the bundle does not define, as far as its text tells: undefined where all are there, and where a name may be put together in a way
 * that is known only when it runs. Found out here, a mistake costs a message; else the sweeper logs it.
 *
 * `options` bundle the packages too: workflows may come out of one.
 */
export const scheduleProblem = async (
  { build }: Pick<typeof import("esbuild"), "build">,
  entry: string,
  options: import("esbuild").BuildOptions,
  schedules: ReadonlyArray<NamedWorkflow>
): Promise<string | undefined> => {
  if (schedules.length === 0) return undefined
  const { outputFiles = [] } = await build({
    ...options,
    minify: false,
    sourcemap: false,
    write: false,
    logLevel: "silent"
  })
  const known = namesIn(outputFiles.map(({ text }) => text).join("\n"))
  const unknown = known === undefined ? undefined : schedules.find(({ workflow }) => !known.includes(workflow))
  if (known === undefined || unknown === undefined) return undefined
  const { schedule, workflow } = unknown
  const names = [...new Set(known)].join(", ")
  return `schedule ${schedule}: ${entry} defines no workflow ${JSON.stringify(workflow)}; there are ${names}. Name one of them, or export it in \`workflows\``
}

/** What workflows are called. Undefined: not all are called by a text that stands here, or whoever defines them goes by another name. */
const namesIn = (text: string): ReadonlyArray<string> | undefined => {
  const names: Array<string> = []
  for (const { 1: argument = "" } of text.matchAll(/\bdefineWorkflow\d*\(\s*("[^"\\]*"|.)/g)) {
    if (!argument.startsWith('"') || argument.length < 2) return undefined
    names.push(JSON.parse(argument))
  }
  // Given away as a value.
  const isPassedOn = /[=(,:?[>]\s*defineWorkflow\d*\s*[;,)}\]\n]/.test(text)
  return names.length === 0 || isPassedOn ? undefined : names
}
