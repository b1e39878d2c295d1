import { isSameMark, type StepMark, StepMarks } from "../../beside/stepMarks.ts"
import type { Engine } from "../engine.ts"
import { storableText } from "../file/sqliteErrors.ts"

export const sqliteStepMarks = ({ database, writes }: Engine): StepMarks["Service"] => {
  const select = (address: string, stepKey: string): StepMark | undefined => {
    const row = database.sql("select body from step_marks where run = ? and step = ?").get(address, stepKey)
    return row === undefined ? undefined : (JSON.parse((row as { body: string }).body) as StepMark)
  }
  return StepMarks.of({
    read: (address, stepKey) => writes.read("StepMarks.read", () => select(address, stepKey)),
    write: (address, stepKey, mark) =>
      writes.run("StepMarks.write", () => {
        const there = select(address, stepKey)
        if ((there?.version ?? 0) !== mark.version - 1)
          return there === undefined || isSameMark(there, mark) ? undefined : there
        database
          .sql("insert or replace into step_marks (run, step, body) values (?, ?, ?)")
          .run(storableText(address, "the run id"), storableText(stepKey, "the key of a step"), JSON.stringify(mark))
        return undefined
      })
  })
}
