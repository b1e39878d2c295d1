import { charge, subscribe } from "./subscribe.ts"

export const workflows = [subscribe]
export const steps = [charge]
