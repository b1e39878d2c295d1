/** Where runs are. */
export type Place = FilePlace | TablePlace | HttpPlace

export interface FilePlace {
  readonly kind: "file"
  /** Absolute. */
  readonly filename: string
}

export interface TablePlace {
  readonly kind: "table"
  readonly tableName: string
  /** The stack that it was found by. */
  readonly stack?: string
  readonly tenant?: string
  readonly bucketName?: string
  readonly queueUrl?: string
  readonly deadLetterQueueUrl?: string
  readonly callbackSecretId?: string
}

export interface HttpPlace {
  readonly kind: "http"
  /** Without a "/" at its end. */
  readonly url: string
  readonly key?: string
}

export const placeText = (place: Place): string => {
  switch (place.kind) {
    case "file":
      return `the file ${place.filename}`
    case "table":
      return place.stack === undefined
        ? `the table ${place.tableName}`
        : `the table ${place.tableName} of the stack ${place.stack}`
    case "http":
      return `the HTTP API at ${place.url}`
  }
}
