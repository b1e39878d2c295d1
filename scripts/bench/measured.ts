/** Where step code leaves its times: the engine runs in this process, so the marks are exact. */
const hits = new Map<string, Array<number>>()
const slept = new Map<string, number>()
const armed = new Map<string, () => void>()

export const measured = {
  hit: (id: string): void => {
    const times = hits.get(id)
    if (times === undefined) hits.set(id, [performance.now()])
    else times.push(performance.now())
  },
  /** The step before the sleep ran. */
  slept: (id: string): void => {
    slept.set(id, performance.now())
  },
  /** The step after the sleep ran. */
  armed: (id: string): void => {
    const at = slept.get(id)
    if (at !== undefined) lags.set(id, performance.now() - at)
    armed.get(id)?.()
  },
  whenArmed: (id: string): Promise<void> => new Promise((resolve) => armed.set(id, resolve)),
  between: (id: string): number => lags.get(id) ?? Number.NaN,
  times: (id: string): ReadonlyArray<number> => hits.get(id) ?? [],
  count: (prefix: string): number => {
    let count = 0
    for (const [id, times] of hits) if (id.startsWith(prefix)) count += times.length
    return count
  }
}

const lags = new Map<string, number>()

export const percentile = (values: ReadonlyArray<number>, p: number): number => {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.max(0, Math.min(sorted.length - 1, Math.ceil(sorted.length * p) - 1))] ?? Number.NaN
}

export const rounded = (value: number, digits = 2): number => Number(value.toFixed(digits))
