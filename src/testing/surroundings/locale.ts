import { isChanged, look, type Surroundings } from "./surroundings.ts"

type Method = (this: any, ...args: Array<any>) => unknown

/** Where the locale is an argument that may be left out: the place of that argument. */
const localeMethods: ReadonlyArray<readonly [owner: object, name: string, argument: number, other: string]> = [
  [Number.prototype, "toLocaleString", 0, "de-DE"],
  [BigInt.prototype, "toLocaleString", 0, "de-DE"],
  [Date.prototype, "toLocaleString", 0, "de-DE"],
  [Date.prototype, "toLocaleDateString", 0, "de-DE"],
  [Date.prototype, "toLocaleTimeString", 0, "de-DE"],
  [String.prototype, "localeCompare", 1, "et"],
  [String.prototype, "toLocaleUpperCase", 0, "tr"],
  [String.prototype, "toLocaleLowerCase", 0, "tr"]
]

/** And a locale in which the results are others than in most: of German, the order of letters and the kinds of plural are not. */
const intlLocales: Readonly<Record<string, string>> = {
  Collator: "et",
  DateTimeFormat: "de-DE",
  DisplayNames: "de-DE",
  DurationFormat: "de-DE",
  ListFormat: "de-DE",
  NumberFormat: "de-DE",
  PluralRules: "ar",
  RelativeTimeFormat: "de-DE",
  Segmenter: "de-DE"
}

interface Patch {
  readonly owner: Record<string, unknown>
  readonly name: string
  readonly host: unknown
  readonly watched: unknown
}

/** An empty list of locales is none, too. */
const isLeftOut = (locale: unknown): boolean => locale === undefined || (Array.isArray(locale) && locale.length === 0)

const methodPatch = ([owner, name, argument, other]: (typeof localeMethods)[number]): Patch => {
  const host = (owner as Record<string, Method>)[name] as Method
  const watched: Method = function (this: unknown, ...args) {
    if (isLeftOut(args[argument])) {
      look(`${name}() without a locale`, "locale")
      if (isChanged("locale")) args[argument] = other
    }
    return host.apply(this, args)
  }
  return { owner: owner as Patch["owner"], name, host, watched }
}

const intl = Intl as unknown as Patch["owner"]

const intlPatch = (name: string): Patch => {
  const host = intl[name] as new (...args: Array<any>) => object
  const withLocale = (args: Array<unknown>) => {
    if (!isLeftOut(args[0])) return args
    look(`Intl.${name} without a locale`, "locale")
    return isChanged("locale") ? [intlLocales[name], ...args.slice(1)] : args
  }
  const watched = new Proxy(host, {
    construct: (target, args, newTarget) => Reflect.construct(target, withLocale(args), newTarget),
    apply: (target, self, args) => Reflect.apply(target as unknown as Method, self, withLocale(args))
  })
  return { owner: intl, name, host, watched }
}

// Not every Node has all of them.
const intlNames = Object.keys(intlLocales).filter((name) => name in Intl)

const patches: ReadonlyArray<Patch> = [...localeMethods.map(methodPatch), ...intlNames.map(intlPatch)]

/** Answers with what puts everything back. */
export const startLocale = ({ changed, onLook }: Surroundings): (() => void) => {
  if (!changed.has("locale") && onLook === undefined) return () => {}
  for (const { owner, name, watched } of patches) owner[name] = watched
  return () => {
    for (const { owner, name, host } of patches) owner[name] = host
  }
}
