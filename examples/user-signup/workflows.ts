import { closed, createUser, sendMail, signUp } from "./signUp.ts"

export const workflows = [signUp]
export const steps = [createUser, sendMail]
export const signals = [closed]
