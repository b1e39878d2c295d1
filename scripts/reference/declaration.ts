import { readFileSync } from "node:fs"
import { parseSync } from "vite"

export interface Declaration {
  readonly kind: "function" | "class" | "error" | "type"
  /** Markdown, as its docstring has it. */
  readonly docs: string
  readonly code: string
}

interface Node {
  readonly type: string
  readonly start: number
  readonly end: number
  readonly id?: { readonly name: string }
  readonly body?: Node
  readonly superClass?: Node | null
  readonly declaration?: Node | null
  readonly declarations?: ReadonlyArray<Node>
}

const parsed = new Map<
  string,
  { readonly text: string; readonly body: ReadonlyArray<Node>; readonly docs: Map<number, string> }
>()

/** Statements of a module, and its docstrings by where they end. */
export const readModule = (path: string) => {
  const known = parsed.get(path)
  if (known !== undefined) return known
  const text = readFileSync(path, "utf8")
  const { program, comments } = parseSync(path, text)
  const docs = new Map<number, string>()
  for (const { type, value, end } of comments) if (type === "Block" && value.startsWith("*")) docs.set(end, value)
  const module = { text, body: program.body as unknown as ReadonlyArray<Node>, docs }
  parsed.set(path, module)
  return module
}

const named = (node: Node, name: string): Node | undefined => {
  const declared = node.declaration ?? node
  if (declared.id?.name === name) return declared
  return declared.declarations?.some((one) => one.id?.name === name) === true ? declared : undefined
}

const find = (path: string, name: string) => {
  const { text, body, docs } = readModule(path)
  for (const statement of body) {
    const declared = named(statement, name)
    if (declared === undefined) continue
    const ends = [...docs.keys()].filter(
      (end) => end <= statement.start && text.slice(end, statement.start).trim() === ""
    )
    return { statement, declared, docs: markdownOf(docs.get(ends[0] ?? -1) ?? "") }
  }
  return undefined
}

/** Types and errors as their source has them; functions, whose types are found by the compiler, as it has declared them. */
export const declarationOf = (source: string, compiled: string, name: string): Declaration => {
  const found = find(source, name)
  if (found === undefined) throw new Error(`${source} exports ${name}, and does not declare it`)
  const { declared, docs } = found
  const { text } = readModule(source)
  if (/^TS(Interface|TypeAlias)/.test(declared.type))
    return { kind: "type", docs, code: text.slice(declared.start, declared.end) }
  if (declared.type === "ClassDeclaration") {
    const head = text.slice(declared.start, declared.body?.start).trimEnd()
    const isError = declared.superClass !== null && /TaggedError/.test(head)
    return { kind: isError ? "error" : "class", docs, code: head }
  }
  const made = find(compiled, name)
  if (made === undefined) throw new Error(`${compiled} does not declare ${name}: npm run build`)
  const code = readModule(compiled).text.slice(made.declared.start, made.declared.end)
  return { kind: "function", docs, code: code.replace(/^(export )?declare /, "").replace(/;$/, "") }
}

/** Without the stars; examples are code. */
const markdownOf = (comment: string): string => {
  const lines = comment
    .replace(/^\*/, "")
    .split("\n")
    .map((line) => line.replace(/^\s*\* ?/, ""))
  const text = lines.join("\n").trim()
  const [before = "", ...examples] = text.split(/^@example\s*\n/m)
  return [before.trim(), ...examples.map((code) => `\`\`\`ts\n${code.trim()}\n\`\`\``)].join("\n\n").trim()
}
