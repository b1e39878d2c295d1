import * as Effect from "effect/Effect"
import { SingleShotGen } from "effect/Utils"

/**
 * Where in the user's code something happened, as `<file>:<line>:<column>`. All of this is costly, and asked only when a run is
 * about to be parked.
 */

/** The stack of whoever asks, deep enough to come through the frames of Effect to the user's, and no further than workflow code. */
export const captureStack = (): string => {
  edge ??= findEdge()
  const lines = wholeStack().split("\n")
  const end = lines.findIndex((line) => placeIn(line) === edge)
  // Without the message, and the two functions here.
  return (end === -1 ? lines : lines.slice(0, end)).slice(3).join("\n")
}

const wholeStack = (): string => {
  const limit = Error.stackTraceLimit
  Error.stackTraceLimit = 100
  const { stack } = new Error()
  Error.stackTraceLimit = limit
  return typeof stack === "string" ? stack : ""
}

/** `<file>:<line>:<column>` as it stands there. */
export const placeIn = (line: string): string | undefined => /([^\s(]+:\d+:\d+)\)?$/.exec(line)?.[1]

/** What is called by `body` is workflow code; whatever stands below it in a stack is not. */
export const withEdge = (body: () => void): void => {
  body()
}

/** The place of the call above: names of functions are others in a bundle, and with its source map others again. */
let edge: string | undefined

const findEdge = (): string | undefined => {
  let lines: ReadonlyArray<string> = []
  withEdge(() => {
    lines = wholeStack().split("\n")
  })
  // Below the message: the function that asks, the one that is called, and then the edge.
  return placeIn(lines[3] ?? "")
}

interface Frame {
  readonly file: string
  readonly place: string
}

const framesOf = (stack: string): ReadonlyArray<Frame> =>
  stack.split("\n").flatMap((line) => {
    const found = /^\s*at (?:.*?\()?(?:async )?((?:file:\/\/)?[^()]*?):(\d+):(\d+)\)?$/.exec(line)
    if (found === null) return []
    const [, url = "", row, column] = found
    const file = pathOf(url)
    return [{ file, place: `${file}:${row}:${column}` }]
  })

/** Encoded as in an address, if it is one. */
const pathOf = (url: string): string => {
  if (!url.startsWith("file://")) return url
  try {
    return decodeURIComponent(url.slice("file://".length)).replace(/^\/(?=[A-Za-z]:)/, "")
  } catch {
    return url
  }
}

const normal = (file: string): string => file.replaceAll("\\", "/")

/** Our own code is where this file is; in a bundle, all that is in the same file as this one cannot be told apart. */
const ownRoot = (): string => {
  const file = normal(framesOf(wholeStack())[0]?.file ?? "")
  const end = file.lastIndexOf("/actor/runtime/")
  return end === -1 ? file : file.slice(0, end + 1)
}

/** The first frame of the user's code in a stack; if there is none, that of a package between. */
export const userFrame = (stack: string): string | undefined => {
  const own = ownRoot()
  const others = framesOf(stack).filter(({ file }) => {
    const path = normal(file)
    return (
      path !== "" && !/^(node:|native$|<anonymous>|evalmachine)/.test(path) && !(own !== "" && path.startsWith(own))
    )
  })
  const mine = others.find(({ file }) => !normal(file).includes("/node_modules/"))
  return (mine ?? others.find(({ file }) => !normal(file).includes("/effect/")))?.place
}

/** What this file knows of the fibers of Effect 4.1. Whatever is not there any more is a place that is not named. */
interface FiberInside {
  readonly _stack?: ReadonlyArray<{ readonly iterator?: Iterator<unknown> }>
  readonly _children?: ReadonlySet<FiberInside>
  readonly _exit?: unknown
  readonly cache?: { readonly stackFrame?: StackFrame }
}

interface StackFrame {
  readonly stack: () => string | undefined
  readonly parent: StackFrame | undefined
}

/** The `yield*` at which a fiber stands; of one without generators, the `Effect.fn` that it is in. */
export const placeOfFiber = (fiber: object | undefined): string | undefined => {
  const inside = fiber as FiberInside | undefined
  for (const { iterator } of [...(inside?._stack ?? [])].reverse()) {
    const place = iterator === undefined ? undefined : placeOfGenerator(iterator)
    if (place !== undefined) return place
  }
  for (let frame = inside?.cache?.stackFrame; frame !== undefined; frame = frame.parent) {
    const place = userFrame(frame.stack() ?? "")
    if (place !== undefined) return place
  }
  return undefined
}

/** Of all fibers below this one that wait, in the order in which they were made. */
export const placesOfWaiting = (fiber: object | undefined): ReadonlyArray<string> => {
  const inside = fiber as FiberInside | undefined
  if (inside === undefined || inside._exit !== undefined) return []
  const below = [...(inside._children ?? [])].flatMap(placesOfWaiting)
  const own = below.length > 0 ? below : [placeOfFiber(inside)]
  return [...new Set(own.filter((place) => place !== undefined))]
}

/**
 * A generator that is suspended has no stack. Asked to return, it first hands that on to what it is at: the iterator of an effect,
 * which for once answers "not yet". So its own code does not move, and its frame is seen.
 */
const placeOfGenerator = (iterator: Iterator<unknown>): string | undefined => {
  const prototype: Iterator<unknown> = SingleShotGen.prototype
  let stack = ""
  const notYet = () => {
    stack = captureStack()
    return { done: false, value: Effect.never }
  }
  prototype.return = notYet
  isProbing = true
  try {
    iterator.return?.()
  } catch {
    // It is running, and then its frame is in the stack of whoever asks.
  } finally {
    endProbe()
  }
  return userFrame(stack)
}

let isProbing = false

/** Also for whoever ends a slice that was stopped from outside, so that no `finally` ran. */
export const endProbe = (): void => {
  if (!isProbing) return
  isProbing = false
  const prototype: Iterator<unknown> = SingleShotGen.prototype
  delete prototype.return
}
