import { declareValuePlugin, PluginKind } from "@stryker-mutator/api/plugin"

// Texts with a space before a letter are sentences for people: tests hold what an error is, not how it is put. All others
// are keys, tags and formats ("1 second" is one), and are mutated like everything else.

/** What is said, without what is filled in; undefined for what is no text. */
const textOf = ({ node }) => {
  if (node.type === "StringLiteral") return node.value
  if (node.type === "TemplateLiteral") return node.quasis.map((part) => part.value.raw).join("")
  return undefined
}

const isSentence = (text) => / [A-Za-z]/.test(text) && !/^[0-9]/.test(text)

export const strykerPlugins = [
  declareValuePlugin(PluginKind.Ignore, "wording", {
    shouldIgnore: (path) => (isSentence(textOf(path) ?? "") ? "wording" : undefined)
  })
]
