import { ApiError, type ErrorTag } from "../definition/apiError.ts"
import { errorStatuses } from "../errors.ts"

export const apiError = <Tag extends ErrorTag>(tag: Tag, message: string): ApiError<Tag> =>
  new ApiError(tag, message, errorStatuses[tag])
