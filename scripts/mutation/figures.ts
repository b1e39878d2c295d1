import { survivors } from "./survivors.ts"

/** The parts that matter here of what Stryker writes (the mutation testing report schema). */
export interface Report {
  readonly files: Readonly<Record<string, { readonly source: string; readonly mutants: ReadonlyArray<Mutant> }>>
}

export interface Mutant {
  readonly mutatorName: string
  readonly replacement?: string
  readonly status: string
  readonly location: { readonly start: Place; readonly end: Place }
}

interface Place {
  readonly line: number
  readonly column: number
}

interface Counts {
  readonly killed: number
  readonly timeout: number
  readonly survived: number
  readonly noCoverage: number
}

/** Mutants that could not be tried (the tests do not even load with them) count nowhere, as in Stryker's own score. */
const countsOf = (mutants: ReadonlyArray<Mutant>): Counts => {
  const count = (status: string) => mutants.filter((mutant) => mutant.status === status).length
  return {
    killed: count("Killed"),
    timeout: count("Timeout"),
    survived: count("Survived"),
    noCoverage: count("NoCoverage")
  }
}

const row = (name: string, { killed, timeout, survived, noCoverage }: Counts): string => {
  const all = killed + timeout + survived + noCoverage
  const score = all === 0 ? "-" : ((100 * (killed + timeout)) / all).toFixed(1)
  return `| ${name} | ${score} | ${killed} | ${timeout} | ${survived + noCoverage} |`
}

/** One living mutant: where it is, and what of the source became what. */
interface Living {
  readonly file: string
  readonly line: string
  readonly change: string
}

const livingOf = (report: Report): ReadonlyArray<Living> =>
  Object.entries(report.files).flatMap(([file, { source, mutants }]) => {
    const lines = source.split("\n")
    return mutants
      .filter(({ status }) => status === "Survived" || status === "NoCoverage")
      .map(({ location: { start, end }, replacement = "" }) => {
        const line = lines[start.line - 1] ?? ""
        const original = line.slice(start.column - 1, start.line === end.line ? end.column - 1 : undefined)
        return { file, line: line.trim(), change: `${short(original)} -> ${short(replacement)}` }
      })
  })

const short = (code: string): string => {
  const text = code.replace(/\s+/g, " ").trim()
  return text.length > 60 ? `${text.slice(0, 57)}...` : text === "" ? "(nothing)" : text
}

export const mutationFigures = (report: Report, now: Date) => {
  const files = Object.entries(report.files).sort(([a], [b]) => (a < b ? -1 : 1))
  const living = livingOf(report)
  const reasonOf = ({ file, line, change }: Living) =>
    survivors.find(
      (one) =>
        one.file === file && line.includes(one.line) && (one.changes === undefined || one.changes.includes(change))
    )?.reason
  const reasons = [...new Set(survivors.map(({ reason }) => reason))]
  const unexplained = living.filter((one) => reasonOf(one) === undefined)
  const groups = reasons.flatMap((reason) => {
    const ones = living.filter((one) => reasonOf(one) === reason)
    return ones.length === 0 ? [] : [`**${reason}** (${ones.length})\n\n${ones.map(item).join("\n")}`]
  })
  const markdown = [
    `Measured ${now.toISOString().slice(0, 10)}.`,
    [
      "| file | score | killed | timed out | living |",
      "| --- | --- | --- | --- | --- |",
      row("**all**", countsOf(files.flatMap(([, { mutants }]) => mutants))),
      ...files.map(([name, { mutants }]) => row(name, countsOf(mutants)))
    ].join("\n"),
    "### What lives, and why",
    ...groups,
    ...(unexplained.length === 0
      ? []
      : [`**No reason given** (${unexplained.length})\n\n${unexplained.map(item).join("\n")}`])
  ].join("\n\n")
  return { markdown, unexplained: unexplained.map(item) }
}

const code = (text: string): string => (text.includes("`") ? `\`\` ${text} \`\`` : `\`${text}\``)

const item = ({ file, line, change }: Living): string =>
  `- ${file}: ${code(change)}${change.startsWith(short(line)) ? "" : ` in ${code(short(line))}`}`
