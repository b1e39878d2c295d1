import { planTrip } from "./planTrip.ts"

export const workflows = [planTrip]
