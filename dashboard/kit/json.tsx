import { useState } from "preact/hooks"
import { bytesText } from "./numbers.ts"

const mostLines = 14
const mostCharacters = 1_200
/** What is not much longer than its fold is shown as a whole. */
const slack = 1.7
/** More than this of text in one element makes a page slow, and nobody reads it: it can be copied. */
const mostDrawn = 200_000

const token = /("(?:\\.|[^"\\])*")(\s*:)?|\b(true|false|null)\b|-?\b\d+(?:\.\d+)?(?:[eE][+-]?\d+)?\b/g

const coloured = (text: string) => {
  const parts = []
  let end = 0
  for (const match of text.matchAll(token)) {
    if (match.index > end) parts.push(text.slice(end, match.index))
    const [all, string, colon, word] = match
    const kind =
      string === undefined ? (word === undefined ? "number" : "word") : colon === undefined ? "string" : "name"
    const isRedacted = string === '"<redacted>"'
    parts.push(<span class={isRedacted ? "json-redacted" : `json-${kind}`}>{colon === undefined ? all : string}</span>)
    if (colon !== undefined) parts.push(colon)
    end = match.index + all.length
  }
  parts.push(text.slice(end))
  return parts
}

const textOf = (value: unknown): string => (value === undefined ? "" : JSON.stringify(value, null, 2))

const folded = (text: string): string => {
  if (text.length <= mostCharacters * slack && text.split("\n").length <= mostLines * slack) return text
  const lines = text.slice(0, mostCharacters).split("\n")
  return lines.length > mostLines ? lines.slice(0, mostLines).join("\n") : text.slice(0, mostCharacters)
}

/** A value as JSON. What is large is folded: it says how large it is, and opens. */
export const Json = ({ value, label }: { readonly value: unknown; readonly label: string }) => {
  const [isOpen, setOpen] = useState(false)
  const text = textOf(value)
  const short = folded(text)
  const isFolded = short.length < text.length
  const shown = isOpen ? text.slice(0, mostDrawn) : short
  const left = text.length - shown.length
  return (
    <div class="json">
      <pre tabIndex={0} role="group" aria-label={label}>
        <code>{shown.length > 40_000 ? shown : coloured(shown)}</code>
        {left > 0 && <span class="json-left">{`\n… ${bytesText(left)} more`}</span>}
      </pre>
      <div class="json-tools">
        {isFolded && (
          <button type="button" class="quiet small" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
            {isOpen ? "Fold" : `Show all (${bytesText(text.length)})`}
          </button>
        )}
        <CopyButton text={text} what={label} />
      </div>
    </div>
  )
}

export const CopyButton = ({ text, what }: { readonly text: string; readonly what: string }) => {
  const [isDone, setDone] = useState(false)
  const copy = async () => {
    await navigator.clipboard?.writeText(text)
    setDone(true)
    setTimeout(() => setDone(false), 1_500)
  }
  return (
    <button type="button" class="quiet small" aria-label={`Copy ${what}`} onClick={() => void copy()}>
      {isDone ? "Copied" : "Copy"}
    </button>
  )
}
