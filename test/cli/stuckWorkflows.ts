/** An entry that is never loaded: it waits for what nothing settles. */

await new Promise(() => undefined)

export const workflows = []
