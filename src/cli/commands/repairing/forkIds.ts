const mark = "{run}"

/** Ids of forks: the template with the run's own id in place of `{run}`, so that the same call meets the same forks. */
export const forkIdOf = (template: string, runId: string): string => template.split(mark).join(runId)

/** It says of each run another id than the run's own. */
export const isOfMany = (template: string): boolean => template.includes(mark) && template !== mark

/** The id is one that the template makes of some run: of a fork that an earlier call has begun. */
export const isForkOf = (template: string, id: string): boolean => {
  const parts = template.split(mark)
  const length = (id.length - parts.join("").length) / (parts.length - 1)
  if (!Number.isInteger(length) || length < 1) return false
  const start = parts[0]?.length ?? 0
  return forkIdOf(template, id.slice(start, start + length)) === id
}
