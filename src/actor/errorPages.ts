import type * as Cause from "effect/Cause"
import * as Schema from "effect/Schema"

/** The section about an error, by its tag: in the package's own pages, beside the version that has met it. */
export const errorPage = (tag: string): string => `docs/guide/errors.md#${tag.toLowerCase()}`

export interface WithHelp {
  /** The section about this error, in the pages that come with the package: `docs/guide/errors.md#runnotfound`. It is none of its fields, and not stored. */
  readonly help: string
}

/** What is printed of an error is that of `toJSON`: then also its page. */
const inspect = Symbol.for("nodejs.util.inspect.custom")

/** Has all errors of a class name their page. */
export const nameItsPage = (error: { readonly prototype: object }, tag: string): void => {
  const help = errorPage(tag)
  Object.defineProperties(error.prototype, {
    help: { value: help },
    [inspect]: {
      value(this: { readonly toJSON: () => object }) {
        return { ...this.toJSON(), help }
      }
    }
  })
}

/**
 * `Schema.TaggedError` for errors that the runtime gives: each has `help`, its page. What workflows fail with by themselves is theirs.
 *
 * @example
 * export class RunNotFound extends LibraryError<RunNotFound>()("RunNotFound", { message: Schema.String }) {}
 */
export const LibraryError =
  <Self>() =>
  <Tag extends string, const Fields extends Schema.Struct.Fields>(
    tag: Tag,
    fields: Fields
  ): Schema.Class<Self, Schema.TaggedStruct<Tag, Fields>, Cause.YieldableError & WithHelp> => {
    const made: unknown = Schema.TaggedError<Self, WithHelp>()(tag, fields)
    nameItsPage(made as { readonly prototype: object }, tag)
    return made as never
  }
