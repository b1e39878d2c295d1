/**
 * Each generation of a run is an actor of its own, with an inbox and a head of its own, under an *address*: a text that stands
 * wherever the core and the stores say `runId`. The first generation's is the run id itself, so that a run that never continues as
 * new is stored as if there were no generations.
 *
 * What a user gives, sees or is told is a run id, or {@link placeOfAddress}.
 */
export interface Generation {
  readonly runId: string
  /** 0 for the one that the run was started with. */
  readonly generation: number
}

/** No run id holds a control character (`checkRunId`). */
const mark = "\u001f"

/**
 * The address of a generation. Those of one run sort by their numbers as texts do, so that a store finds the newest at the end: before
 * the digits stands a letter for how many there are.
 */
export const addressOf = (runId: string, generation: number): string => {
  if (generation === 0) return runId
  const digits = String(generation)
  return `${runId}${mark}${String.fromCharCode(firstLetter + digits.length)}${digits}`
}

const firstLetter = 0x60

export const parseAddress = (address: string): Generation => {
  const end = address.indexOf(mark)
  if (end < 0) return { runId: address, generation: 0 }
  return { runId: address.slice(0, end), generation: Number(address.slice(end + 2)) }
}

export const runIdOf = (address: string): string => parseAddress(address).runId

/** The generation after this one. */
export const nextAddress = (address: string): string => {
  const { runId, generation } = parseAddress(address)
  return addressOf(runId, generation + 1)
}

/** What addresses of later generations of a run lie between, none of any other run among them. */
export const laterAddresses = (runId: string): { readonly after: string; readonly before: string } => ({
  after: `${runId}${mark}`,
  before: `${runId} `
})

/** For people. */
export const placeOfAddress = (address: string): string => {
  const { runId, generation } = parseAddress(address)
  return generation === 0 ? runId : `${runId} (generation ${generation})`
}

/** For log lines: the run by its id, so that all generations are found by it. */
export const labelsOf = (address: string): { readonly run: string; readonly generation?: number } => {
  const { runId, generation } = parseAddress(address)
  return generation === 0 ? { run: runId } : { run: runId, generation }
}

/** A command's key among those of all generations of its run: no key holds "@". */
export const keyInRun = (address: string, key: string): string => {
  const { generation } = parseAddress(address)
  return generation === 0 ? key : `${key}@${generation}`
}

/** The generation that has given out a key in its run. */
export const generationOfKey = (key: string): number => {
  const at = key.lastIndexOf("@")
  return at < 0 ? 0 : Number(key.slice(at + 1))
}
