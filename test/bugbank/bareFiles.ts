/**
 * Is there anything in a source file that a bug can be planted in? Types, imports, and constants that are numbers or texts are not.
 */
export const hasCode = (text: string): boolean => {
  const code = text.replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, "")
  return /=>\s*[^\s]|\bfunction\b|\bclass\b|\bnew\b|\w\(/.test(withoutTypes(code))
}

const withoutTypes = (code: string): string =>
  code
    .replaceAll(/^import [\s\S]*?from ".*"$/gm, "")
    .replaceAll(/^export \{[\s\S]*?\}( from ".*")?$/gm, "")
    .replaceAll(/^(export )?interface [\s\S]*?^\}$/gm, "")
    .replaceAll(/^(export )?type [\s\S]*?(?=^(?:export|const|type|interface|import)\b|$(?![\s\S]))/gm, "")
