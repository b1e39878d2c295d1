import { getObject, putObject, uploadObject } from "./uploadObject.ts"

export const workflows = [uploadObject]
export const steps = [putObject, getObject]
