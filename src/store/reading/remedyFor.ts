import type { ParkReason } from "../../actor/errors.ts"

/** What ends that a run is parked. */
export const remedyFor = (reason: ParkReason): string => {
  switch (reason._tag) {
    case "NonDeterminismError":
      return "Put back what the run met before, or let runs of before go the old way by patched(), or give the changed workflow a new version beside the old one (docs/guide/changing-code.md)."
    case "UnknownWorkflow":
      return "Register this workflow with this version again: a run stays with the version that it was started with. Old versions can stand beside new ones until their runs have ended."
    case "PayloadUnreadable":
      return /missing|altered|is in the adopted order/.test(reason.message)
        ? "Bring the object or row back as it was, from a backup of the bucket or the table: nobody can make it up."
        : `Let the schema read what it read before: new fields optional, old ones kept, a union where a form has changed.${ofSignal(reason)}`
    case "HistoryTooLong":
      if (/commands open/.test(reason.message))
        return "Bound the concurrency of what it does at once (Effect.forEach with a number, forEachStep), or split the work into child runs, and deploy: the run then goes on with its next message."
      return "Let the workflow continue as new before it comes to this (continueAsNew), or split the work into child runs. This run can be cancelled, and started anew with what is left of its work."
    case "DeterminismViolation":
      return "Move what the message names into a step, and deploy: the run then goes on with its next message."
    case "WriteRefused":
      return reason.mend === undefined
        ? "Bound its concurrency, make its values and keys smaller, or split the work into child runs, and deploy."
        : `Put right what the store lacks: ${reason.mend}. The run goes on then.`
  }
}

/** One that nobody has checked stands in the way of every copy that is handed it once more. */
const ofSignal = ({ row }: { readonly row: string }): string =>
  row.startsWith("signal/")
    ? " Or, if the signal should never have been sent so: fork the run before it, which leaves it out, and terminate this one (docs/guide/repair.md)."
    : ""
