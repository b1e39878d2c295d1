const mark = "{run}"

/** Ids of forks: the template with the run's own id in place of `{run}`, so that the same call meets the same forks. */
export const forkIdOf = (template: string, runId: string): string => template.split(mark).join(runId)

/** It says of each run another id than the run's own. */
export const isOfMany = (template: string): boolean => template.includes(mark) && template !== mark

/** The run of which the template makes this id. Undefined: of none. That the run with the id is a fork of it is not said by that. */
export const sourceOf = (template: string, id: string): string | undefined => {
  const parts = template.split(mark)
  const length = (id.length - parts.join("").length) / (parts.length - 1)
  if (!Number.isInteger(length) || length < 1) return undefined
  const start = parts[0]?.length ?? 0
  const source = id.slice(start, start + length)
  return forkIdOf(template, source) === id ? source : undefined
}
