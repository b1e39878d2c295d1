/**
 * What there is in a value, piece by piece, without the order of its lists and who has which number in them: two worlds in which the same was done by turns are
 * alike in that. Sorted.
 */
export const leavesOf = (value: unknown): ReadonlyArray<string> => {
  const leaves: Array<string> = []
  collect(value, "", leaves, new Set())
  return leaves.sort()
}

const collect = (value: unknown, path: string, leaves: Array<string>, within: Set<unknown>): void => {
  if (typeof value === "function") return
  if (typeof value !== "object" || value === null) {
    leaves.push(`${path}=${typeof value === "string" ? JSON.stringify(value) : String(value)}`)
    return
  }
  if (value instanceof Date || ArrayBuffer.isView(value)) {
    leaves.push(`${path}=${String(value instanceof Date ? value.getTime() : value)}`)
    return
  }
  if (within.has(value)) return
  within.add(value)
  const inside = (member: unknown, place: string) => collect(member, `${path}.${place}`, leaves, within)
  if (Array.isArray(value) || value instanceof Set) for (const member of value) inside(member, "*")
  else if (value instanceof Map)
    for (const [key, member] of value) {
      inside(key, "key")
      inside(member, "*")
    }
  for (const [name, { value: member }] of Object.entries(Object.getOwnPropertyDescriptors(value)))
    if (!Array.isArray(value) && !ArrayBuffer.isView(value)) inside(member, name)
  within.delete(value)
}

/** What is there now and was not before, as often as it is. */
export const addedTo = (before: ReadonlyArray<string>, now: ReadonlyArray<string>): ReadonlyArray<string> => {
  const counts = new Map<string, number>()
  for (const leaf of before) counts.set(leaf, (counts.get(leaf) ?? 0) + 1)
  return now.filter((leaf) => {
    const count = counts.get(leaf) ?? 0
    counts.set(leaf, count - 1)
    return count <= 0
  })
}
