import { execFileSync } from "node:child_process"
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { posix } from "node:path"
import { createScanner, LanguageVariant, SyntaxKind } from "typescript/unstable/ast"

/** A file as the rules see it: its path from the root of the repository, with "/", and its text. */
export interface Source {
  readonly path: string
  readonly text: string
}

export function srcFiles(): ReadonlyArray<Source> {
  if (!existsSync("src")) return []
  return readdirSync("src", { recursive: true, encoding: "utf8" })
    .map((path) => posix.join("src", path.replaceAll("\\", "/")))
    .filter((path) => path.endsWith(".ts"))
    .sort()
    .map((path) => ({ path, text: readFileSync(path, "utf8") }))
}

/** All that is built or proven: the package, its construct, its dashboard, the simulated world. */
export const codeFiles = (): ReadonlyArray<Source> => [
  ...repositoryFiles().filter(({ path }) => /^(src|cdk|simulation)\/.+\.ts$/.test(path)),
  ...dashboardFiles().map(({ path, text }) => ({ path, text: importsAlone(text) }))
]

export const dashboardFiles = (): ReadonlyArray<Source> =>
  repositoryFiles().filter(({ path }) => /^dashboard\/.+\.tsx?$/.test(path))

/** Text between tags is no code, and the scanner cannot tell it from code: of a page only what stands before all else is looked at. */
export const importsAlone = (text: string): string => (text.match(/^import\b[^;]*?"[^"]+"$/gm) ?? []).join("\n")

/** Text files that are in the repository, or would be with the next `git add`. */
export function repositoryFiles(): ReadonlyArray<Source> {
  const listed = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], {
    encoding: "utf8"
  })
  return listed
    .split("\0")
    .filter((path) => path !== "" && existsSync(path))
    .map((path) => ({ path, text: readFileSync(path, "utf8") }))
    .filter(({ text }) => !text.includes("\0"))
}

interface Token {
  readonly kind: SyntaxKind
  readonly text: string
  readonly value: string
  readonly start: number
}

const endsOperand = new Set([
  SyntaxKind.Identifier,
  SyntaxKind.PrivateIdentifier,
  SyntaxKind.NumericLiteral,
  SyntaxKind.BigIntLiteral,
  SyntaxKind.StringLiteral,
  SyntaxKind.NoSubstitutionTemplateLiteral,
  SyntaxKind.TemplateTail,
  SyntaxKind.RegularExpressionLiteral,
  SyntaxKind.ThisKeyword,
  SyntaxKind.SuperKeyword,
  SyntaxKind.TrueKeyword,
  SyntaxKind.FalseKeyword,
  SyntaxKind.NullKeyword,
  SyntaxKind.CloseParenToken,
  SyntaxKind.CloseBracketToken,
  SyntaxKind.CloseBraceToken
])

const literals = new Set([
  SyntaxKind.StringLiteral,
  SyntaxKind.NoSubstitutionTemplateLiteral,
  SyntaxKind.TemplateHead,
  SyntaxKind.TemplateMiddle,
  SyntaxKind.TemplateTail,
  SyntaxKind.RegularExpressionLiteral
])

/** The tokens of a file, by TypeScript's own scanner. A scanner alone cannot tell a regex from a division, nor "}" from a template's. */
function tokenize(text: string): ReadonlyArray<Token> {
  const scanner = createScanner(true, LanguageVariant.Standard, text)
  const tokens: Array<Token> = []
  const braces: Array<"block" | "template"> = []
  for (let kind = scanner.scan(); kind !== SyntaxKind.EndOfFile; kind = scanner.scan()) {
    const last = tokens.at(-1)
    if (kind === SyntaxKind.SlashToken || kind === SyntaxKind.SlashEqualsToken) {
      if (last === undefined || !endsOperand.has(last.kind)) kind = scanner.reScanSlashToken()
    } else if (kind === SyntaxKind.OpenBraceToken) braces.push("block")
    else if (kind === SyntaxKind.TemplateHead) braces.push("template")
    else if (kind === SyntaxKind.CloseBraceToken && braces.pop() === "template") {
      kind = scanner.reScanTemplateToken(false)
      if (kind === SyntaxKind.TemplateMiddle) braces.push("template")
    }
    tokens.push({ kind, text: scanner.getTokenText(), value: scanner.getTokenValue(), start: scanner.getTokenStart() })
  }
  return tokens
}

/** The text with comments and literals blanked out; lines stay where they were. */
export function codeOf(text: string): string {
  let code = ""
  for (const token of tokenize(text)) {
    if (literals.has(token.kind)) continue
    code += text.slice(code.length, token.start).replace(/[^\n]/g, " ") + token.text
  }
  return code
}

type Text = Token & { readonly kind: SyntaxKind.StringLiteral | SyntaxKind.NoSubstitutionTemplateLiteral }

const isText = (token: Token | undefined): token is Text =>
  token?.kind === SyntaxKind.StringLiteral || token?.kind === SyntaxKind.NoSubstitutionTemplateLiteral

/** Everything a file imports: import and export ... from, import(), import types, require(). A computed name is "?". */
export function importsOf(text: string): ReadonlyArray<string> {
  const tokens = tokenize(text)
  const found: Array<string> = []
  tokens.forEach((token, at) => {
    const next = tokens[at + 1]
    if (tokens[at - 1]?.kind === SyntaxKind.DotToken) return
    const isCall = next?.kind === SyntaxKind.OpenParenToken
    if (token.kind === SyntaxKind.RequireKeyword && isCall) {
      const name = tokens[at + 2]
      found.push(isText(name) ? name.value : "?")
    } else if (token.kind === SyntaxKind.ImportKeyword && isCall) {
      const name = tokens[at + 2]
      found.push(isText(name) ? name.value : "?")
    } else if (token.kind === SyntaxKind.ImportKeyword && isText(next)) found.push(next.value)
    else if (token.kind === SyntaxKind.FromKeyword && isText(next)) {
      // `from "x"` is no other syntax than the end of an import or a re-export.
      found.push(next.value)
    }
  })
  return found
}

/** Whether a file holds re-exports and nothing else. */
export function onlyReExports(text: string): boolean {
  const shape = tokenize(text)
    .map((token) => (isText(token) ? '""' : token.text))
    .join(" ")
  return /^(export (type )?(\*( as \S+)?|\{[^{}]*\}) from ""( ;)?( |$))*$/.test(shape)
}
