import { checkWorkflow, WorkflowCheckFailed } from "dynactor/testing"
import { bookTrip } from "./bookTrip.ts"
import { callTeams } from "./callTeams.ts"
import { type Bank, charge, chargeOrder } from "./chargeOrder.ts"
import { dispatchParcel } from "./dispatchParcel.ts"
import { hireBand } from "./hireBand.ts"
import { labelParcel } from "./labelParcel.ts"
import { Bank as Payouts, payOut, payOutPrize } from "./payOutPrize.ts"
import { printBadge } from "./printBadge.ts"
import { registerPatient } from "./registerPatient.ts"
import { count, Scores, scoreQuiz } from "./scoreQuiz.ts"
import { BoxOffice, sellTicket, takeOne } from "./sellTicket.ts"
import { settleInvoice } from "./settleInvoice.ts"
import { shipGoods } from "./shipGoods.ts"
import { Accounts, add, topUpCard } from "./topUpCard.ts"
import { Mails, sendWelcome, welcomeMember } from "./welcomeMember.ts"

/** How each broken example is checked. */
export const checks = {
  dispatchParcel: () => checkWorkflow(dispatchParcel),
  chargeOrder: () =>
    checkWorkflow(chargeOrder, { world: (): Bank => ({ charges: [] }), steps: { chargeCard: charge } }),
  topUpCard: () => checkWorkflow(topUpCard, { world: () => new Accounts(), steps: { addMoney: add } }),
  payOutPrize: () => checkWorkflow(payOutPrize, { world: () => new Payouts(), steps: { transferMoney: payOut } }),
  scoreQuiz: () => checkWorkflow(scoreQuiz, { world: () => new Scores(), steps: { countRound: count } }),
  sellTicket: () => checkWorkflow(sellTicket, { world: () => new BoxOffice(), steps: { takeTicket: takeOne } }),
  welcomeMember: () => checkWorkflow(welcomeMember, { world: () => new Mails(), steps: { sendMail: sendWelcome } }),
  shipGoods: () => checkWorkflow(shipGoods),
  bookTrip: () =>
    checkWorkflow(bookTrip, {
      compensations: { bookFlight: "cancelFlight", bookHotel: "cancelHotel", bookCar: "cancelCar" }
    }),
  hireBand: () => checkWorkflow(hireBand, { compensations: { hireHall: "cancelHall", hireSinger: "cancelSinger" } }),
  printBadge: () => checkWorkflow(printBadge),
  labelParcel: () => checkWorkflow(labelParcel),
  callTeams: () => checkWorkflow(callTeams),
  registerPatient: () => checkWorkflow(registerPatient),
  settleInvoice: () => checkWorkflow(settleInvoice)
} as const

export type Example = keyof typeof checks

export const failureOf = async (example: Example): Promise<WorkflowCheckFailed> => {
  try {
    await checks[example]()
  } catch (error) {
    if (error instanceof WorkflowCheckFailed) return error
    throw error
  }
  throw new Error(`nothing was found in ${example}`)
}

/** As it stands in the documentation: the time at which a module was loaded is another one in each process. */
export const reportOf = ({ message }: WorkflowCheckFailed): string => message.replace(/\b\d{13}\b/g, "1767603600000")
