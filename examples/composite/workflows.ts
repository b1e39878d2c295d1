import { archive, layOut, print, schoolPages, yearbook } from "./yearbook.ts"

export const workflows = [yearbook, schoolPages, archive]
export const steps = [layOut, print]
