/** Of modules below it: this package, as it is installed or checked out. */
export const ownRoot = new URL(import.meta.url).href.replace(/\/(src|dist)\/.*$/, "/$1/")

/** What the dev server puts behind a module's URL with each load. */
export const loadParameter = "dynactor-load"

/** Places in the user's code, without what makes each load another one. */
export const withoutLoads = (text: string): string => text.replaceAll(new RegExp(`[?&]${loadParameter}=\\d+`, "g"), "")

/** A text with stacks in it, without the lines that are of Node, of packages or of this one. */
export const ownFrames = (text: string): string =>
  withoutLoads(text)
    .split("\n")
    .filter((line) => !isFrame(line) || isOwn(line))
    .join("\n")

const isFrame = (line: string): boolean =>
  /^\s+at .*(:\d+|<anonymous>|native)\)?( \{)?$/.test(line) || /matching cause stack trace/.test(line)

const isOwn = (line: string): boolean =>
  !line.includes("node:") && !line.includes("/node_modules/") && !line.includes(ownRoot) && /:\d+/.test(line)
