/** What a request is answered with, where nothing went wrong. */
export interface ApiResponse {
  readonly status: number
  /** As JSON; undefined: there is none. */
  readonly body: unknown
  /** Server-sent events, instead of it. */
  readonly events?: string
}

/** Below what Lambda takes in one event, six million bytes, and a third more where they come as base64. */
export const maxBodyBytes = 4 * 1024 * 1024

/** Of a body on which whatever walks it could come to the end of its stack. */
export const nestedTooDeep = "the body nests too deep: what is stored has 500 levels at most"
