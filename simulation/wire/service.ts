/** Where the answer to one request goes, once. */
export interface Reply {
  readonly done: (output: object) => void
  readonly failed: (error: Error) => void
  /** Whoever asked is not there any more. */
  readonly isGone?: () => boolean
}

/** One request, as it comes in. */
export interface Request {
  /** Such as `PutItem`. */
  readonly operation: string
  readonly input: any
  /** Who asks: a process, or a service in somebody's name. */
  readonly by: string
}

/** What answers the requests of one of the SDK's clients. It throws what it refuses. */
export interface WireService {
  /** Such as `DynamoDB`. */
  readonly name: string
  readonly request: (request: Request, reply: Reply) => void
}
