import type { Function } from "aws-cdk-lib/aws-lambda"

/** The functions of a deployment. `api` is there if the HTTP API is. */
export interface DynactorFunctions {
  readonly stream: Function
  readonly step: Function
  readonly deadLetter: Function
  readonly sweep: Function
  /** The one that may delete. */
  readonly purge: Function
  readonly api?: Function
}
