export const bodyInstead =
  "write run: Effect.fn(function* (input) { ... }), and yield* where you would await; promises belong in steps"

/** What can be said of a body before it runs. That a function returns a promise or a generator is seen only when it is called. */
export const assertBody = (workflow: string, run: unknown): void => {
  if (typeof run !== "function") throw new TypeError(`workflow ${workflow}: run is no function; ${bodyInstead}`)
  const kind = Object.prototype.toString.call(run).slice("[object ".length, -1)
  const what = refused[kind]
  if (what !== undefined) throw new TypeError(`workflow ${workflow}: its body is ${what}; ${bodyInstead}`)
}

const refused: Readonly<Record<string, string>> = {
  AsyncFunction: "an async function, and what it awaits cannot be replayed",
  AsyncGeneratorFunction: "an async generator, and what it awaits cannot be replayed",
  GeneratorFunction: "a generator function that nobody runs"
}

const definedBy = Symbol.for("dynactor/definedBy")

/** Where a workflow is defined: a stack, written out only if somebody asks. A copy of the workflow has it, too. */
export const rememberDefinition = <A extends object>(workflow: A): A =>
  Object.assign(workflow, { [definedBy]: new Error() })

export const definitionStack = (workflow: object): string =>
  (workflow as Readonly<Record<symbol, Error | undefined>>)[definedBy]?.stack ?? ""
