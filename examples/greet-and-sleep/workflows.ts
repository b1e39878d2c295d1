import { greet, greetAndSleep, woken } from "./greetAndSleep.ts"

export const workflows = [greetAndSleep]
export const steps = [greet]
export const signals = [woken]
