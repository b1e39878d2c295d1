import { systemPrefix } from "../../actor/definitions/name.ts"

/**
 * A message's key for people: `signal/go/<id>` is `signal go`, and `timer/1000ms#0@1790000000000` is `timer 1000ms#0`. What makes a key one of its
 * kind says little.
 */
export const keyText = (key: string): string => {
  const [kind = "", ...rest] = key.replace(/^!/, "").split("/")
  const asked = askedTexts[kind]
  if (asked !== undefined) return asked
  const text = kind === "signal" || kind === "update" ? `${kind} ${rest[0]}` : otherText(kind, rest.join("/"))
  return key.startsWith("!") ? `${text} (nothing waited for it)` : text
}

/** Their keys are ids of requests. */
const askedTexts: Readonly<Record<string, string>> = {
  repair: "to go on from an earlier message",
  restart: "to start once more",
  pause: "pause",
  resume: "resume"
}

const otherText = (kind: string, rest: string): string => {
  if (rest === "") return kind
  return kind === "step" ? stepText(rest) : `${kind} ${rest.replace(/@\d+$/, "")}`
}

/** `charge#0` is `step charge#0`; of a step of the runtime's own, `dynactor.signCallback:approval%230`, it is `runtime step signCallback approval#0`. */
export const stepText = (key: string): string => {
  if (!key.startsWith(systemPrefix)) return `step ${key.replace(/@\d+$/, "")}`
  const [name = "", ...of] = key.slice(systemPrefix.length).split(":")
  return ["runtime step", name, ...of.map(decoded)].join(" ")
}

const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
