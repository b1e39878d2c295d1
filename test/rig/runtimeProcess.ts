import { pathToFileURL } from "node:url"

/**
 * What runs in the process of a function, in place of Lambda's runtime: it loads the handler, takes one event at a time, and
 * hands the answer back (https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html). Nothing but Node is imported, and
 * nothing is patched: the bundle sees a process as Lambda gives it one.
 */
export interface Invocation {
  readonly requestId: string
  readonly eventJson: string
  /** When this invocation is ended, in epoch milliseconds. */
  readonly deadline: number
}

export type RuntimeMessage =
  | { readonly kind: "ready" }
  | { readonly kind: "initFailed"; readonly errorType: string; readonly errorMessage: string }
  | { readonly kind: "answered"; readonly requestId: string; readonly payloadJson: string }
  | { readonly kind: "failed"; readonly requestId: string; readonly errorType: string; readonly errorMessage: string }

type Handler = (event: unknown, context: unknown) => Promise<unknown>

const tell = (message: RuntimeMessage) => void process.send?.(message)

const describe = (error: unknown) => ({
  errorType: error instanceof Error ? error.name : "Error",
  errorMessage: error instanceof Error ? error.message : String(error)
})

const answer = async (handler: Handler, { requestId, eventJson, deadline }: Invocation) => {
  const context = {
    awsRequestId: requestId,
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: "$LATEST",
    memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    callbackWaitsForEmptyEventLoop: true,
    getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now())
  }
  try {
    const payload = await handler(JSON.parse(eventJson), context)
    tell({ kind: "answered", requestId, payloadJson: JSON.stringify(payload ?? null) })
  } catch (error) {
    tell({ kind: "failed", requestId, ...describe(error) })
  }
}

const main = async () => {
  const [, , file = "", exportName = ""] = process.argv
  try {
    const module: Record<string, unknown> = await import(pathToFileURL(file).href)
    const handler = module[exportName]
    if (typeof handler !== "function") throw new Error(`${exportName} is not a function`)
    process.on("message", (invocation: Invocation) => void answer(handler as Handler, invocation))
    tell({ kind: "ready" })
  } catch (error) {
    tell({ kind: "initFailed", ...describe(error) })
  }
}

// Without its parent nobody would end it.
process.once("disconnect", () => process.exit(0))
void main()
