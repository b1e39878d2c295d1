import { defineStep, defineWorkflow, type StepContext } from "dynactor"
import { Effect, Schema } from "effect"

// Broken on purpose: the harness's report on it stands in docs/testing.md.

const Member = Schema.Struct({ name: Schema.String, address: Schema.String })
type Member = typeof Member.Type

/** A service that sends one mail for each key. */
export class Mails {
  readonly sent = new Map<string, Member>()

  async send(key: string, to: Member): Promise<void> {
    if (!this.sent.has(key)) this.sent.set(key, to)
  }
}

/** Once it is sent it is not sent again - to nobody: the key is every member's. */
export const sendWelcome = async (member: Member, _context: StepContext, mails: Mails): Promise<void> => {
  await mails.send("welcome", member)
}

const mails = new Mails()

const sendMail = defineStep("sendMail", {
  input: Member,
  output: Schema.Void,
  run: (member, context) => sendWelcome(member, context, mails)
})

export const welcomeMember = defineWorkflow("welcomeMember", {
  input: Member,
  output: Schema.Void,
  run: Effect.fn(function* (member: Member) {
    yield* sendMail(member)
  })
})
