import { hostname } from "node:os"

/** Where whoever looks for this process finds it: the log stream of a function's environment, or its machine and its id there. */
export const workerName = (environment: NodeJS.ProcessEnv = process.env): string =>
  environment.AWS_LAMBDA_LOG_STREAM_NAME ?? `${hostname()}/${process.pid}`
