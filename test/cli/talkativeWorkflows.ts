/** An entry that prints while it is loaded, as loggers do and left-over lines, and holds the process open, as a pool of connections does. */

console.log("loading the entry")
process.stdout.write("with its pool\n")
setInterval(() => undefined, 60_000)

export { steps, workflows } from "./workflows.ts"
