import { type AnsweredCommand, childFingerprint, defaultChildRunId } from "../command.ts"

interface Anew {
  /** The address at which it was asked for. */
  readonly from: string
  /** The one at which it is asked for now. */
  readonly to: string
  readonly index: number
  readonly laterMs: number
}

/**
 * A command of a copied part that nothing has answered in it. A timer has as much time left as it had; a child run is another, unless the body has named
 * it: the one that it was, somebody else has started.
 */
export const askedAnew = (command: AnsweredCommand, { from, index, laterMs, to }: Anew): AnsweredCommand => {
  if (command.kind === "timer") {
    const due = command.isFixed === true ? command.due : command.due + laterMs
    return { ...command, index, due, fingerprint: String(due) }
  }
  if (command.kind !== "child" || command.runId !== defaultChildRunId(from, command.key)) return { ...command, index }
  const runId = defaultChildRunId(to, command.key)
  const { definitionVersion, inputFingerprint } = command
  return { ...command, index, runId, fingerprint: childFingerprint(definitionVersion, runId, inputFingerprint) }
}
