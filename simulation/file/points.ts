const patterns: ReadonlyArray<readonly [RegExp, string]> = [
  [/^delete from runs .* version = /, "RunEraser.remove"],
  [/^delete from .*\(run = \? or \(run > \?|^delete from (payloads|queue where json)/, "RunEraser.erase"],
  [/ orders /, "Orders.commit"],
  [/^(begin|commit)/, "Commits.commit"],
  [/^pragma/, "RunTable.readRun"],
  [/^insert.* into inbox/, "RunTable.put"],
  [/^(insert|update).* runs/, "RunTable.commitHead"],
  [/^insert.* into queue/, "StepQueue.send"],
  [/^update queue/, "StepQueue.renew"],
  [/^delete from queue/, "StepQueue.complete"],
  [/ from queue/, "StepQueue.receive"],
  [/^select.* from doorbells/, "ChangeFeed.poll"],
  [/doorbells/, "ChangeFeed.acknowledge"],
  [/segments/, "RunTable.putSegment"],
  [/replies/, "Replies.put"],
  [/output/, "OutputChunks.put"],
  [/step_marks/, "StepMarks.write"],
  [/heartbeats/, "Heartbeats.beat"],
  [/payloads/, "Payloads.put"],
  [/marks/, "RunTable.raiseMark"],
  [/^select.* from inbox/, "RunTable.readRun"],
  [/^select.* from runs/, "RunTable.readHead"]
]

const known = new Map<string, string>()

/** What a statement is for, by the name that the port has for it: invariants and reports know those. */
export const pointOf = (text: string): string => {
  const there = known.get(text)
  if (there !== undefined) return there
  const point = patterns.find(([pattern]) => pattern.test(text))?.[1] ?? "RunTable.list"
  known.set(text, point)
  return point
}

export const isWriting = (text: string): boolean => /^(insert|update|delete)/.test(text)
