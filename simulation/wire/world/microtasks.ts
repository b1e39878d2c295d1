/** Once called `runNextTicks`, and kept by this name "to emulate a tick manually in the JS land" (lib/internal/bootstrap/node.js). */
const runTicks = (process as unknown as { readonly _tickCallback: () => void })._tickCallback

/**
 * Lets all promises go on that have been answered, here and now: the adapters wait for promises, and the world waits for nothing. Does
 * nothing where promises are at work already.
 */
export const drainMicrotasks = (): void => runTicks()

/** Fails where {@link drainMicrotasks} would do nothing: below an `await`, for one. */
export const checkOutsideOfMicrotasks = (): void => {
  let hasRun = false
  Promise.resolve().then(() => {
    hasRun = true
  })
  drainMicrotasks()
  if (!hasRun) throw new Error("a schedule on the wire is to be run from a macrotask: see inMacrotask")
}

/** What is called there runs outside of all promises. */
export const inMacrotask = <A>(call: () => A): Promise<A> =>
  new Promise((resolve, reject) =>
    setImmediate(() => {
      try {
        resolve(call())
      } catch (error) {
        reject(error)
      }
    })
  )
