/**
 * Errors have no stacks meanwhile: those of steps are stored, and by how long they are pages end here or there, which is another place on each
 * machine. (To make them is a tenth of a schedule's time, too.)
 */
export const withoutStacks = <A>(run: () => A): A => {
  const limit = Error.stackTraceLimit
  Error.stackTraceLimit = 0
  try {
    return run()
  } finally {
    Error.stackTraceLimit = limit
  }
}
