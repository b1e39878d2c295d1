import { NonDeterminismError } from "../../errors.ts"
import type { CommandRecord } from "../command.ts"

const show = (record: CommandRecord): string => `${record.kind} ${record.key}`

export const notIssued = (recorded: CommandRecord, open: ReadonlyArray<CommandRecord>): NonDeterminismError => {
  const instead = open
    .filter((record) => record.kind === recorded.kind)
    .map(show)
    .slice(0, 3)
  return new NonDeterminismError({
    message:
      `history has ${show(recorded)}, which the code does not issue at this point` +
      (instead.length > 0 ? `; it issues ${instead.join(", ")}` : ""),
    command: show(recorded),
    recorded: `${show(recorded)} (${recorded.fingerprint})`,
    issued: instead.length > 0 ? instead.join(", ") : null
  })
}

export const otherInput = (recorded: CommandRecord, fingerprint: string): NonDeterminismError =>
  new NonDeterminismError({
    message:
      `${show(recorded)} was recorded with ${recorded.kind === "timer" ? "due time" : "an input of fingerprint"} ` +
      `${recorded.fingerprint}, the code now gives ${fingerprint}`,
    command: show(recorded),
    recorded: recorded.fingerprint,
    issued: fingerprint
  })

export const notRecorded = (issued: CommandRecord): NonDeterminismError =>
  new NonDeterminismError({
    message: `the code issues ${show(issued)}, which history does not have at this point`,
    command: show(issued),
    recorded: null,
    issued: `${show(issued)} (${issued.fingerprint})`
  })
