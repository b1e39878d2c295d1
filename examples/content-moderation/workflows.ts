import { moderate, publish, reject, scoreImage, scoreText, soften } from "./moderate.ts"

export const workflows = [moderate]
export const steps = [scoreText, scoreImage, soften, publish, reject]
