import type { ByteReader, ByteWriter } from "./bytes.ts"

/**
 * Keys of a run repeat each other but for their numbers: `step/fetch#12`, `timer/sleep#3@1767225600000`. A key is split into a
 * template (the text, a mark where each number was) and its numbers; a template is written in full once, then by its place.
 */
export type Template = string

const mark = "\u0000"

/** More numbers than this, and the key is a random id: shorter as it is. */
const maxNumbers = 2

/** Numbers that print back to the same digits: no leading zero, within 2^53. */
const number = /(?<!\d)(?:0|[1-9]\d{0,14})(?!\d)/g

const split = (key: string): { readonly template: Template; readonly numbers: ReadonlyArray<number> } => {
  if (key.includes(mark)) return { template: key, numbers: [] }
  const numbers = key.match(number)?.map(Number) ?? []
  // A key without numbers is its own template, and has no mark.
  if (numbers.length === 0 || numbers.length > maxNumbers) return { template: key, numbers: [] }
  return { template: key.replace(number, mark), numbers }
}

const join = (template: Template, numbers: ReadonlyArray<number>): string => {
  if (numbers.length === 0) return template
  let next = 0
  return template.replaceAll(mark, () => String(numbers[next++]))
}

export class KeyWriter {
  private readonly out: ByteWriter
  private readonly places = new Map<string, number>()

  constructor(out: ByteWriter) {
    this.out = out
  }

  split(key: string): { readonly template: Template; readonly numbers: ReadonlyArray<number> } {
    return split(key)
  }

  write(key: string): void {
    const { template, numbers } = split(key)
    this.writeParts(template, numbers)
  }

  writeParts(template: Template, numbers: ReadonlyArray<number>): void {
    // A key that holds the mark itself looks like a template with numbers; the count keeps them apart.
    const id = `${numbers.length}${template}`
    const place = this.places.get(id)
    this.out.varint(place ?? this.places.size)
    if (place === undefined) {
      this.places.set(id, this.places.size)
      this.out.varint(numbers.length)
      this.out.text(template)
    }
    for (const value of numbers) this.out.varint(value)
  }
}

export class KeyReader {
  private readonly input: ByteReader
  private readonly entries: Array<{ readonly template: Template; readonly count: number }> = []

  constructor(input: ByteReader) {
    this.input = input
  }

  read(): string {
    const { template, numbers } = this.readParts()
    return join(template, numbers)
  }

  readParts(): { readonly template: Template; readonly numbers: ReadonlyArray<number> } {
    const place = this.input.varint()
    if (place === this.entries.length) {
      const count = this.input.varint()
      this.entries.push({ count, template: this.input.text() })
    }
    const entry = this.entries[place]
    if (entry === undefined) throw new RangeError(`no key template ${place}`)
    return { template: entry.template, numbers: Array.from({ length: entry.count }, () => this.input.varint()) }
  }

  join(template: Template, numbers: ReadonlyArray<number>): string {
    return join(template, numbers)
  }
}
