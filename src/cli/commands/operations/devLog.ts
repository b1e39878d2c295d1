import { closeSync, openSync, readSync } from "node:fs"
import * as Effect from "effect/Effect"
import { printLine } from "../../framework/output.ts"
import type { Style } from "../../framework/style.ts"
import { momentText } from "../../framework/times.ts"

export interface DevLogOptions {
  readonly file: string
  /** Epoch milliseconds. */
  readonly from: number
  readonly run: string | undefined
  readonly follow: boolean
}

/** What the dev server has told, and tells. */
export const followDevLog = Effect.fnUntraced(function* ({ file, follow, from, run }: DevLogOptions) {
  let offset = 0
  let rest = ""
  for (;;) {
    const added = readFrom(file, offset)
    offset += added.length
    const lines = (rest + added.toString("utf8")).split("\n")
    rest = lines.pop() ?? ""
    for (const line of lines) {
      const event = parse(line)
      if (event === undefined || event.at < from) continue
      if (run !== undefined && event.run !== run && event.runId !== run) continue
      yield* printLine(event, (style) => eventText(event, style))
    }
    if (!follow) return
    yield* Effect.sleep("300 millis")
  }
})

interface LoggedEvent {
  readonly event: string
  readonly at: number
  readonly [field: string]: unknown
}

const parse = (line: string): LoggedEvent | undefined => {
  try {
    return JSON.parse(line) as LoggedEvent
  } catch {
    // The last line of a process that was killed as it wrote.
    return undefined
  }
}

const readFrom = (file: string, offset: number): Buffer => {
  const opened = openSync(file, "r")
  try {
    const parts: Array<Buffer> = []
    const buffer = Buffer.alloc(65_536)
    for (let at = offset; ; ) {
      const read = readSync(opened, buffer, 0, buffer.length, at)
      if (read === 0) return Buffer.concat(parts)
      parts.push(Buffer.from(buffer.subarray(0, read)))
      at += read
    }
  } finally {
    closeSync(opened)
  }
}

const eventText = ({ at, event, ...fields }: LoggedEvent, style: Style): string => {
  const time = style.dim(momentText(at))
  if (event === "turn") {
    const { adopted, asked, ms, runId, status, workflow } = fields as unknown as {
      readonly [name: string]: string
    } & { readonly adopted: ReadonlyArray<string>; readonly asked: ReadonlyArray<string> }
    return `${time}  ${style.bold(runId ?? "")}  ${workflow}  ${adopted.join(", ")} → ${[...asked, status].join(", ")}  ${style.dim(`${ms} ms`)}`
  }
  const { cause, level, message } = fields as { readonly [name: string]: string | undefined }
  const text = message ?? JSON.stringify(fields)
  return `${time}  ${level === undefined ? event : level.toLowerCase()}  ${text}${cause === undefined ? "" : `\n${cause}`}`
}
