import * as Effect from "effect/Effect"
import { SingleShotGen } from "effect/Utils"
import { definitionStack } from "../definitions/bodyShape.ts"

/**
 * Where in the user's code something happened, as `<file>:<line>:<column>`. All of this is costly, and asked only when a run is
 * about to be parked.
 */

/** The stack of the caller: deep enough to reach the user's frames behind those of Effect, and cut where workflow code begins. */
export const captureStack = (): string => {
  edge ??= findEdge()
  const lines = wholeStack().split("\n")
  const end = lines.findIndex((line) => placeIn(line) === edge)
  // Without the message line and the frames of the two functions here.
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

/** Marks in stacks where workflow code begins: what `body` calls is workflow code, the frames below it are not. */
export const withEdge = (body: () => void): void => {
  body()
}

/** The place of the call in `body` above. Names of functions would not do: bundles and source maps change them. */
let edge: string | undefined

const findEdge = (): string | undefined => {
  let lines: ReadonlyArray<string> = []
  withEdge(() => {
    lines = wholeStack().split("\n")
  })
  // After the message line: the function that asks, the one that it calls, and then the edge.
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

/** The path of a file URL; anything else as it is. */
const pathOf = (url: string): string => {
  if (!url.startsWith("file://")) return url
  try {
    return decodeURIComponent(url.slice("file://".length)).replace(/^\/(?=[A-Za-z]:)/, "")
  } catch {
    return url
  }
}

const normal = (file: string): string => file.replaceAll("\\", "/")

/**
 * Our own code is where this file is, or where the files are that it was joined into; in a bundle, all that is in the same file as this
 * one cannot be told apart.
 */
const ownRoot = (): string => {
  root ??= findRoot()
  return root
}

let root: string | undefined

const findRoot = (): string => {
  const file = normal(framesOf(wholeStack())[0]?.file ?? "")
  const end = file.lastIndexOf("/actor/runtime/")
  if (end !== -1) return file.slice(0, end + 1)
  const joined = file.lastIndexOf(joinedFolder)
  return joined === -1 ? file : file.slice(0, joined + joinedFolder.length)
}

/** See `scripts/join.ts`. */
const joinedFolder = "/dynactor/dist/joined/"

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

/**
 * Fields of Effect 4.1's fibers that are not public. If a later version lacks one, the message names no place, and nothing else
 * changes.
 */
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

/** The next best place: where the workflow is defined. */
export const definedAt = (workflow: object): string => {
  const place = userFrame(definitionStack(workflow))
  return place === undefined ? "" : `, defined at ${place}`
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
 * A suspended generator has no stack. But when it is told to return, it first calls `return` of the iterator that it waits at. Ours
 * takes the stack there, which shows the generator's frame, and answers "not yet", so that the generator's own code does not move.
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
    // It is running: its frame is in the caller's own stack.
  } finally {
    endProbe()
  }
  return userFrame(stack)
}

let isProbing = false

/** Also called for a slice that was stopped from outside, whose own `finally` did not run. */
export const endProbe = (): void => {
  if (!isProbing) return
  isProbing = false
  const prototype: Iterator<unknown> = SingleShotGen.prototype
  delete prototype.return
}
