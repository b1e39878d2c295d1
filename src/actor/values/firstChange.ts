import * as Cause from "effect/Cause"
import * as Equal from "effect/Equal"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import type * as SchemaAST from "effect/SchemaAST"
import { builtInName, fieldsOfClass, isTold } from "./faithful.ts"
import { kindOf, showPath } from "./place.ts"

type Path = ReadonlyArray<PropertyKey>

/**
 * Where a value and what its JSON gives back differ first, in words; undefined if nowhere. `schema` says what may differ:
 * fields that it does not name are not kept, and a class where it describes a plain object is not either. All else must be
 * the same, to the sign of a zero.
 */
export const firstChange = (schema: SchemaAST.AST, before: unknown, after: unknown): string | undefined =>
  isSamePlain(before, after) ? undefined : compare([schema], before, after, [])

/** Plain data that is the same in each part, as most values are: told without their schema, in a tenth of the time. */
const isSamePlain = (before: unknown, after: unknown): boolean => {
  if (Object.is(before, after)) return true
  if (!isObject(before) || !isObject(after)) return false
  const kind = Object.getPrototypeOf(before)
  if (kind !== Object.getPrototypeOf(after) || (kind !== Object.prototype && kind !== Array.prototype)) return false
  // Symbols and what is not enumerable count as well: whether they may be lost is for the schema to say.
  const keys = Reflect.ownKeys(before)
  if (keys.length !== Reflect.ownKeys(after).length) return false
  const [given, back] = [before, after] as ReadonlyArray<{ readonly [key: PropertyKey]: unknown }>
  return keys.every((key) => Object.hasOwn(after, key) && isSamePlain(given?.[key], back?.[key]))
}

/** What the schema says of one place: several where it is a union. */
type Guide = ReadonlyArray<SchemaAST.AST>

const compare = (guide: Guide, before: unknown, after: unknown, path: Path): string | undefined => {
  if (Object.is(before, after)) return undefined
  const types = expand(guide)
  if (mayChange(types, before, after)) return undefined
  if (!isObject(before) || !isObject(after) || !isOfKind(types, before, after)) return told(path, before, after)
  if (Array.isArray(before)) return compareArrays(types, before, after as ReadonlyArray<unknown>, path)
  const same = sameContent(before, after)
  if (same !== undefined) return same ? undefined : told(path, before, after)
  // Of options and results, which can be iterated and compare themselves as well, the content has types and a place.
  if (!Option.isOption(before) && !Result.isResult(before)) {
    const items = itemsIn(types, before)
    if (items !== undefined) return compareLists(types, items, itemsIn(types, after) ?? [], path)
    // Other values that compare themselves may keep more than their content shows: ask them.
    if (!types.some(isClass) && Equal.isEqual(before))
      return Equal.equals(before, after) ? undefined : told(path, before, after)
  }
  return compareObjects(types, before, after, path)
}

/**
 * Of errors and defects more is told than is kept, and whatever is returned where nothing is asked for is dropped. In a union, where other members
 * could have kept the value, that excuses only an error that comes back as one.
 */
const mayChange = (types: Guide, before: unknown, after: unknown): boolean => {
  const ends = types.filter(({ _tag }) => _tag !== "Union" && _tag !== "Suspend")
  if (ends.every(isTold) || ends.every(({ _tag }) => _tag === "Void")) return ends.length > 0
  return before instanceof Error && after instanceof Error && ends.some(isTold)
}

const isObject = (value: unknown): value is object => typeof value === "object" && value !== null

/** A value may lose a class that the schema does not ask for. It may not gain one. */
const isOfKind = (types: Guide, before: object, after: object): boolean => {
  const [given, kind] = [Object.getPrototypeOf(before), Object.getPrototypeOf(after)]
  if (given === kind) return true
  if (kind === Object.prototype) return given === null || !types.some(isOfClass)
  return kind !== null && Object.prototype.isPrototypeOf.call(kind, before)
}

const isOfClass = (ast: SchemaAST.AST): boolean => ast._tag === "Declaration" && builtInName(ast) !== "Json"

/** For built-in objects whose content is not in their fields. */
const sameContent = (before: object, after: object): boolean | undefined => {
  if (before instanceof Date) return Object.is(before.getTime(), (after as Date).getTime())
  if (before instanceof RegExp) return String(before) === String(after)
  if (before instanceof Uint8Array) {
    const bytes = after as Uint8Array
    return before.length === bytes.length && before.every((byte, i) => byte === bytes[i])
  }
  // Not every platform that types may be checked for has it.
  return "href" in before && "searchParams" in before ? String(before) === String(after) : undefined
}

/** What a collection of any kind holds, in its order; of an exit or a cause, what it ended with. Undefined for others. */
const itemsIn = (types: Guide, value: object): ReadonlyArray<unknown> | undefined => {
  if (value instanceof Map) return [...value].flat()
  if (Exit.isExit(value))
    return Exit.isSuccess(value) ? ["Success", value.value] : ["Failure", ...reasonsIn(types, value.cause)]
  if (Cause.isCause(value)) return reasonsIn(types, value)
  if (Cause.isReason(value)) return reasonsIn(types, { reasons: [value] })
  const isCollection = value instanceof Set || types.some(isCollectionOfEffect)
  return isCollection && Symbol.iterator in value ? [...(value as Iterable<unknown>)] : undefined
}

const isCollectionOfEffect = (ast: SchemaAST.AST): boolean =>
  ast._tag === "Declaration" && /^(Chunk|HashMap|HashSet)$/.test(builtInName(ast) ?? "")

const reasonsIn = (types: Guide, { reasons }: Pick<Cause.Cause<unknown>, "reasons">): ReadonlyArray<unknown> => {
  const isDefectTold = expand(types.flatMap(defectOf)).some(isTold)
  return reasons.flatMap((reason) => {
    if (reason._tag === "Interrupt") return [reason._tag, reason.fiberId]
    if (reason._tag === "Fail") return [reason._tag, reason.error]
    return isDefectTold ? [reason._tag] : [reason._tag, reason.defect]
  })
}

/** The last of the types that an exit, a cause and a reason are of. */
const defectOf = (ast: SchemaAST.AST): Guide =>
  ast._tag === "Declaration" && /^(Exit|Cause|CauseReason)$/.test(builtInName(ast) ?? "")
    ? ast.typeParameters.slice(-1)
    : []

const compareArrays = (
  types: Guide,
  before: ReadonlyArray<unknown>,
  after: ReadonlyArray<unknown>,
  path: Path
): string | undefined => {
  const isAll = types.some(isUndescribed)
  if (isAll && Object.keys(before).length > before.length) return `${showPath(path)}an array with fields of its own`
  for (let i = 0; i < before.length; i++) if (!(i in before)) return `${showPath([...path, i])}a hole in an array`
  return compareLists(types, before, after, path)
}

const compareLists = (
  types: Guide,
  before: ReadonlyArray<unknown>,
  after: ReadonlyArray<unknown>,
  path: Path
): string | undefined => {
  if (before.length !== after.length)
    return `${showPath(path)}a collection of ${before.length} comes back with ${after.length}`
  const items = itemsOf(types)
  // An exit has types of three kinds: what is told of a defect is not all that is said of its value.
  const inner = items.every(isTold) ? items : items.filter((type) => !isTold(type))
  for (let i = 0; i < before.length; i++) {
    const change = compare(inner, before[i], after[i], [...path, i])
    if (change !== undefined) return change
  }
  return undefined
}

const compareObjects = (types: Guide, before: object, after: object, path: Path): string | undefined => {
  const [given, back] = [before, after] as ReadonlyArray<{ readonly [key: PropertyKey]: unknown }>
  if (given === undefined || back === undefined) return undefined
  for (const key of enumerableKeys(before)) {
    const isKept = Object.hasOwn(after, key)
    if (!isKept && !isDeclared(types, key)) continue
    const change = isKept
      ? compare(fieldOf(types, key), given[key], back[key], [...path, key])
      : `${showPath([...path, key])}${kindOf(given[key])} comes back missing`
    if (change !== undefined) return change
  }
  const added = enumerableKeys(after).find((key) => !(key in before))
  return added === undefined
    ? undefined
    : `${showPath([...path, added])}what was missing comes back as ${kindOf(back[added])}`
}

const enumerableKeys = (value: object): ReadonlyArray<PropertyKey> =>
  Reflect.ownKeys(value).filter((key) => Object.prototype.propertyIsEnumerable.call(value, key))

const expand = (guide: Guide): Guide => (guide.length === 1 ? expandOne(guide[0] as SchemaAST.AST) : expandAll(guide))

const expanded = new WeakMap<SchemaAST.AST, Guide>()

const expandOne = (ast: SchemaAST.AST): Guide => {
  const known = expanded.get(ast)
  if (known !== undefined) return known
  const types = expandAll([ast])
  expanded.set(ast, types)
  return types
}

/** Unions and what is suspended, taken apart; a class stands beside its fields. */
const expandAll = (guide: Guide): Guide => {
  const types = new Set<SchemaAST.AST>()
  const add = (ast: SchemaAST.AST): void => {
    if (types.has(ast)) return
    types.add(ast)
    if (ast._tag === "Union") for (const type of ast.types) add(type)
    if (ast._tag === "Suspend") add(ast.thunk())
    if (ast._tag === "Declaration" && isClass(ast)) for (const type of ast.typeParameters) add(type)
  }
  for (const ast of guide) add(ast)
  return [...types]
}

const isClass = (ast: SchemaAST.AST): boolean =>
  fieldsOfClass(ast) !== undefined || (ast.annotations !== undefined && "~constructor" in ast.annotations)

/** Nothing says which of its fields count: all do. */
const isUndescribed = (ast: SchemaAST.AST): boolean =>
  ast._tag === "Any" ||
  ast._tag === "Unknown" ||
  ast._tag === "ObjectKeyword" ||
  (ast._tag === "Declaration" && !isClass(ast) && !isWalked(ast))

/** Kept as plain fields, so that a change inside has a place. */
const isWalked = (ast: SchemaAST.Declaration): boolean =>
  /^(Option|Result|ReadonlyMap|ReadonlySet)$/.test(builtInName(ast) ?? "")

const isDeclared = (types: Guide, key: PropertyKey): boolean =>
  types.some(isUndescribed) || fieldOf(types, key).length > 0

const fieldOf = (types: Guide, key: PropertyKey): Guide =>
  types.flatMap((ast) => {
    if (ast._tag !== "Objects")
      return ast._tag === "Declaration" && !isClass(ast) ? ast.typeParameters : isUndescribed(ast) ? [ast] : []
    const fields = ast.propertySignatures.filter(({ name }) => name === key)
    const isSymbol = typeof key === "symbol"
    const indexed = ast.indexSignatures.filter(({ parameter }) => (parameter._tag === "Symbol") === isSymbol)
    return [...fields, ...indexed].map(({ type }) => type)
  })

const itemsOf = (types: Guide): Guide =>
  types.flatMap((ast) => {
    if (ast._tag === "Arrays") return [...ast.elements, ...ast.rest]
    return ast._tag === "Declaration"
      ? ast.typeParameters.length > 0
        ? ast.typeParameters
        : [ast]
      : isUndescribed(ast)
        ? [ast]
        : []
  })

const told = (path: Path, before: unknown, after: unknown): string => {
  const [given, back] = [kindOf(before), kindOf(after)]
  return `${showPath(path)}${given} comes back as ${given === back ? `another one` : back}`
}
