import { type Message, messageTime } from "./message.ts"

/**
 * An entry of the adopted order: the key of a row, and before it what replay could not know otherwise.
 *
 * | entry | says of the row |
 * | --- | --- |
 * | `<key>` | it was handed to the workflow |
 * | `!<key>` | it was set aside: nothing waited for it, in no replay |
 * | `~<time>~<key>`, `!~<time>~<key>` | it claimed a later time than the host that adopted it had, and brought only this one |
 */
export interface OrderEntry {
  readonly key: string
  readonly isSetAside: boolean
  /** Epoch milliseconds. Undefined: the row's own time holds. */
  readonly time: number | undefined
}

// No row's key begins with one of these marks.
const setAsideMark = "!"
const timeMark = "~"

export const writeEntry = ({ key, isSetAside, time }: OrderEntry): string =>
  `${isSetAside ? setAsideMark : ""}${time === undefined ? "" : `${timeMark}${time}${timeMark}`}${key}`

export const readEntry = (entry: string): OrderEntry => {
  const isSetAside = entry.startsWith(setAsideMark)
  const rest = isSetAside ? entry.slice(1) : entry
  if (!rest.startsWith(timeMark)) return { key: rest, isSetAside, time: undefined }
  const end = rest.indexOf(timeMark, 1)
  return { key: rest.slice(end + 1), isSetAside, time: Number(rest.slice(1, end)) }
}

/** The key of the row that an order entry stands for. */
export const adoptedKey = (entry: string): string => readEntry(entry).key

/** The time that an adopted row has brought to its run. */
export const adoptedTime = (entry: string, message: Message): number => readEntry(entry).time ?? messageTime(message)
