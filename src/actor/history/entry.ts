import { type Message, messageTime } from "./message.ts"

/**
 * An entry of the adopted order: the key of a row, and before it what replay could not know otherwise.
 *
 * | entry | says of the row |
 * | --- | --- |
 * | `<key>` | it was handed to the workflow |
 * | `!<key>` | it was set aside: nothing waited for it, in no replay |
 * | `~<time>~<key>`, `!~<time>~<key>` | it claimed a later time than the host that adopted it had, and brought only this one |
 * | `^<id>,<id>^<key>`, behind the others | it led the run to these patches, whose new way it went (S29) |
 */
export interface OrderEntry {
  readonly key: string
  readonly isSetAside: boolean
  /** Epoch milliseconds. Undefined: the row's own time holds. */
  readonly time: number | undefined
  /** Patches that the run came to by it, and not before. */
  readonly patches?: ReadonlyArray<string>
}

// No row's key begins with one of these marks.
const setAsideMark = "!"
const timeMark = "~"
const patchMark = "^"

export const writeEntry = ({ key, isSetAside, patches, time }: OrderEntry): string => {
  const marked = patches === undefined || patches.length === 0 ? key : `${patchMark}${patches.join()}${patchMark}${key}`
  return `${isSetAside ? setAsideMark : ""}${time === undefined ? "" : `${timeMark}${time}${timeMark}`}${marked}`
}

/** Nearly every entry is a key and nothing else. */
const isPlain = (entry: string): boolean => {
  const first = entry[0]
  return first !== setAsideMark && first !== timeMark && first !== patchMark
}

export const readEntry = (entry: string): OrderEntry => {
  if (isPlain(entry)) return { key: entry, isSetAside: false, time: undefined }
  const isSetAside = entry.startsWith(setAsideMark)
  const [time, marked] = takeMark(isSetAside ? entry.slice(1) : entry, timeMark)
  const [patches, key] = takeMark(marked, patchMark)
  const told = { key, isSetAside, time: time === undefined ? undefined : Number(time) }
  return patches === undefined ? told : { ...told, patches: patches.split(",") }
}

/** What stands between two marks at the beginning, if they are there, and the rest. */
const takeMark = (text: string, mark: string): readonly [string | undefined, string] => {
  if (!text.startsWith(mark)) return [undefined, text]
  const end = text.indexOf(mark, 1)
  return [text.slice(1, end), text.slice(end + 1)]
}

/** The key of the row that an order entry stands for. */
export const adoptedKey = (entry: string): string => (isPlain(entry) ? entry : readEntry(entry).key)

/** The time that an adopted row has brought to its run. */
export const adoptedTime = (entry: string, message: Message): number => readEntry(entry).time ?? messageTime(message)
