import type { StepCommand } from "../../../actor/history/command.ts"
import type { StepMessage } from "../../../actor/history/message.ts"
import type { Done } from "../../../streams/steps/execution.ts"

/** The row of an execution that has come to an outcome. */
export const outcomeRow = (
  { key, fingerprint }: StepCommand,
  { execution, outcome }: Done,
  attempts: number,
  at: number
): StepMessage => {
  const told = execution === undefined ? {} : { execution }
  return { kind: "step", at, key, fingerprint, outcome, attempts, startedAt: at, ...told }
}
