import { addSeven, mapAdd, mapAddMost } from "./mapAdd.ts"

export const workflows = [mapAdd, mapAddMost]
export const steps = [addSeven]
