import { createHash } from "node:crypto"

/** A hash of a value of JSON, whatever the order of its fields: it tells whether anything in a file was changed. */
export const sealOf = (value: unknown): string => createHash("sha256").update(stable(value)).digest("hex")

const stable = (value: unknown): string => {
  if (Array.isArray(value)) return `[${value.map((item) => (item === undefined ? "null" : stable(item))).join()}]`
  if (typeof value !== "object" || value === null) return JSON.stringify(value)
  const fields = Object.entries(value).filter(([, field]) => field !== undefined)
  const sorted = fields.sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${sorted.map(([name, field]) => `${JSON.stringify(name)}:${stable(field)}`).join()}}`
}
