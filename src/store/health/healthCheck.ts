/** One thing that was looked at, in a sentence. `id` is the same at each look. */
export interface HealthCheck {
  readonly id: string
  /** `skipped`: it could not be looked at; the sentence says why. */
  readonly result: "ok" | "warning" | "error" | "skipped"
  readonly sentence: string
  /** What to do. Absent where all is well. */
  readonly todo?: string
}

export const ok = (id: string, sentence: string): HealthCheck => ({ id, result: "ok", sentence })

export const warning = (id: string, sentence: string, todo: string): HealthCheck => ({
  id,
  result: "warning",
  sentence,
  todo
})

export const wrong = (id: string, sentence: string, todo: string): HealthCheck => ({
  id,
  result: "error",
  sentence,
  todo
})

export const skipped = (id: string, sentence: string): HealthCheck => ({ id, result: "skipped", sentence })
