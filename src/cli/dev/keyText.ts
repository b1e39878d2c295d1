/**
 * A message's key for people: `signal/go/<id>` is `signal go`, and `timer/1000ms#0@1790000000000` is `timer 1000ms#0`. What makes a key one of its
 * kind says little.
 */
export const keyText = (key: string): string => {
  const [kind = "", ...rest] = key.split("/")
  if (/^!?(signal|update)$/.test(kind)) return `${kind} ${rest[0]}`
  return rest.length === 0 ? kind : `${kind} ${rest.join("/").replace(/@\d+$/, "")}`
}
