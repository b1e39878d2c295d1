import {
  type AddToPrincipalPolicyResult,
  type IGrantable,
  type IPrincipal,
  type PolicyStatement,
  PrincipalPolicyFragment
} from "aws-cdk-lib/aws-iam"
import type { Function } from "aws-cdk-lib/aws-lambda"
import type { IConstruct } from "constructs"

/**
 * All roles under which steps run, as one: queued steps run in one function, inline ones wherever their run is turned, and a step
 * may become inline without anybody thinking of IAM.
 */
export class StepRunner implements IGrantable, IPrincipal {
  readonly assumeRoleAction = "sts:AssumeRole"
  readonly grantPrincipal: IPrincipal = this
  private readonly principals: ReadonlyArray<IPrincipal>
  private readonly path: string

  constructor(scope: IConstruct, functions: ReadonlyArray<Function>) {
    this.principals = functions.map(({ grantPrincipal }) => grantPrincipal)
    this.path = scope.node.path
  }

  /** A function remembers by it whom it has let invoke it: of two runners with one name, the second would get nothing. */
  toString(): string {
    return `${this.path}.stepRunner`
  }

  /** Without it a grant takes the runner for a stranger from another account, and writes resource policies or refuses. */
  get principalAccount(): string | undefined {
    return this.principals[0]?.principalAccount
  }

  get policyFragment(): PrincipalPolicyFragment {
    const all: Record<string, Array<string>> = {}
    for (const { policyFragment } of this.principals) {
      for (const [kind, names] of Object.entries(policyFragment.principalJson)) {
        all[kind] = [...(all[kind] ?? []), ...names]
      }
    }
    return new PrincipalPolicyFragment(all)
  }

  addToPrincipalPolicy(statement: PolicyStatement): AddToPrincipalPolicyResult {
    // The very statement and no copy: some grants add conditions to it afterwards.
    const results = this.principals.map((principal) => principal.addToPrincipalPolicy(statement))
    const [first] = results
    return { statementAdded: results.every(({ statementAdded }) => statementAdded), ...dependable(first) }
  }
}

const dependable = (result: AddToPrincipalPolicyResult | undefined) =>
  result?.policyDependable === undefined ? {} : { policyDependable: result.policyDependable }
