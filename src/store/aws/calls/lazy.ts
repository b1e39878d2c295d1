/** Something loaded at its first use and kept: most cold starts need no client but those of the table and the queue. */
export type Lazy<A> = () => Promise<A>

export const lazy = <A>(load: () => Promise<A>): Lazy<A> => {
  let loaded: Promise<A> | undefined
  return () => {
    loaded ??= load().catch((error) => {
      // A failure is not kept: the next use tries again.
      loaded = undefined
      throw error
    })
    return loaded
  }
}
