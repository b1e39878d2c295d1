import * as Schema from "effect/Schema"
import * as SchemaTransformation from "effect/SchemaTransformation"
import { errorPage } from "../../actor/errorPages.ts"
import { errorStatuses } from "../errors.ts"

export type ErrorTag = keyof typeof errorStatuses

/** How the API says no: the tag of the error and what it says, `{ error, message, help }` in JSON, under the status of its kind. */
export class ApiError<out Tag extends string = string> extends Error {
  readonly _tag: Tag
  readonly status: number
  constructor(tag: Tag, message: string, status: number) {
    super(message)
    this.name = tag
    this._tag = tag
    this.status = status
  }
  /** The section about it, in the pages that come with the package: `docs/guide/errors.md#runnotfound`. */
  get help(): string {
    return errorPage(this._tag)
  }
}

/** An update that was answered with its own error. */
export class UpdateRejected extends ApiError<"UpdateRejected"> {
  readonly id: string
  /** As the update's schema encodes it to JSON. */
  readonly failure: Schema.Json
  constructor(fields: { readonly message: string; readonly id: string; readonly failure: Schema.Json }) {
    super("UpdateRejected", fields.message, 422)
    this.id = fields.id
    this.failure = fields.failure
  }
}

export type ApiErrorOf<Tag extends string> = Tag extends string ? ApiError<Tag> : never

type WireErrorOf<Tag extends string> = Tag extends string
  ? Schema.Codec<ApiError<Tag>, { readonly error: Tag; readonly message: string; readonly help?: string }>
  : never

/** The section of the guide on the error. Servers of before do not say. */
const help = Schema.optionalKey(Schema.String)

const made = new Map<string, Schema.Top>()

/** Each is one, however many endpoints have it: in the OpenAPI document as well. */
const wireError = <Tag extends ErrorTag>(tag: Tag, status: number) => {
  const name = status === errorStatuses[tag] ? tag : `${tag}${status}`
  const known = made.get(name)
  if (known !== undefined) return known
  const schema = Schema.Struct({ error: Schema.Literal(tag), message: Schema.String, help })
    .annotate({ identifier: name })
    .pipe(
      Schema.decodeTo(
        Schema.declare(
          (value): value is ApiError<Tag> => value instanceof ApiError && value._tag === tag && value.status === status
        ),
        SchemaTransformation.transform({
          decode: ({ message }) => new ApiError<Tag>(tag, message, status),
          encode: ({ message }) => ({ error: tag, message, help: errorPage(tag) })
        })
      )
    )
    .annotate({ httpApiStatus: status })
  made.set(name, schema)
  return schema
}

/** Each with its status, and those that any request may be answered with: the store's. */
export const errors = <const Tags extends ReadonlyArray<ErrorTag>>(...tags: Tags) =>
  [
    ...tags.map((tag) => wireError(tag, errorStatuses[tag])),
    wireError("StoreUnavailable", 503),
    wireError("StoreRefused", 413),
    // Not what was sent, but the deployment is at fault.
    wireError("StoreRefused", 500)
  ] as unknown as ReadonlyArray<WireErrorOf<Tags[number] | "StoreUnavailable" | "StoreRefused">>

/** Alone, without the store's. */
export const plainErrors = <const Tags extends ReadonlyArray<ErrorTag>>(...tags: Tags) =>
  tags.map((tag) => wireError(tag, errorStatuses[tag])) as unknown as ReadonlyArray<WireErrorOf<Tags[number]>>

export const updateRejected = Schema.Struct({
  error: Schema.Literal("UpdateRejected"),
  message: Schema.String,
  id: Schema.String,
  failure: Schema.Json,
  help
})
  .pipe(
    Schema.decodeTo(
      Schema.declare((value): value is UpdateRejected => value instanceof UpdateRejected),
      SchemaTransformation.transform({
        decode: (fields) => new UpdateRejected(fields),
        encode: ({ message, id, failure }) => ({
          error: "UpdateRejected" as const,
          message,
          id,
          failure,
          help: errorPage("UpdateRejected")
        })
      })
    )
  )
  .annotate({ httpApiStatus: 422 })
