import { Grant, type IGrantable, PolicyStatement } from "aws-cdk-lib/aws-iam"
import { assertTenant } from "#src/store/aws/keys"
import { type GrantName, grantPermissions, type Permissions } from "#src/streams/lambda/permissions"
import { keyStatements, type Resources, statementsFor } from "./statements.ts"

/**
 * What users' own functions may do with runs: `workflows.grants.start(checkout)`.
 *
 * IAM tells partitions of a table apart, and not the rows in them: whoever may put one row, may put any. `signal` and `cancel`
 * differ in what the client does with them, not in what a role could do that means harm.
 */
export class DynactorGrants {
  private readonly resources: Resources

  /** @internal */
  constructor(resources: Resources) {
    this.resources = resources
  }

  /** `client.start`, and nothing that reads. */
  start(grantee: IGrantable): Grant {
    return this.grant(grantee, "start")
  }

  /** `client.signal`. */
  signal(grantee: IGrantable): Grant {
    return this.grant(grantee, "signal")
  }

  /** `client.cancel`. */
  cancel(grantee: IGrantable): Grant {
    return this.grant(grantee, "cancel")
  }

  /** `client.get`, `wait`, `history` and `list`. */
  read(grantee: IGrantable): Grant {
    return this.grant(grantee, "read")
  }

  /**
   * Everything that a client does, with the runs of one tenant alone: for a role that the tenant itself acts as, with a client
   * whose store says the same `tenant`. Partitions of other tenants are closed to it, in the table and in the listing.
   */
  tenant(grantee: IGrantable, tenant: string): Grant {
    assertTenant(tenant)
    if (tenant === "" || /[*?$]/.test(tenant)) {
      throw new RangeError(
        `tenant ${JSON.stringify(tenant)}: not empty, and without "*", "?" and "$", which mean more in a policy`
      )
    }
    const ofTenant = {
      "ForAllValues:StringLike": { "dynamodb:LeadingKeys": [`${tenant}/*`, `#workflows/${tenant}`] },
      // "For all values" holds for none as well: a request that names no partition (a scan) is not let through by it.
      Null: { "dynamodb:LeadingKeys": "false" }
    }
    const { resources } = this
    const inTable = (name: "table" | "listingIndex") =>
      new PolicyStatement({ actions: allActions(name), resources: [resources[name]], conditions: ofTenant })
    const objects = resources.payloadObjects.replace(/\*$/, `${tenant}/*`)
    return this.add(grantee, [
      inTable("table"),
      inTable("listingIndex"),
      // Not the bucket itself: a listing of it would name other tenants' objects.
      new PolicyStatement({ actions: allActions("payloadObjects"), resources: [objects] }),
      ...keyStatements(resources.encryptionKeys)
    ])
  }

  private grant(grantee: IGrantable, name: GrantName): Grant {
    return this.add(grantee, statementsFor(grantPermissions[name], this.resources))
  }

  private add(grantee: IGrantable, statements: ReadonlyArray<PolicyStatement>): Grant {
    const grants = statements.map(({ actions, resources, conditions }) =>
      Grant.addToPrincipal({ grantee, actions, resourceArns: resources, conditions })
    )
    return grants.reduce((all, grant) => all.combine(grant))
  }
}

/** Every action on a resource, of any of the grants. */
const allActions = (name: keyof Permissions): Array<string> => [
  ...new Set(Object.values(grantPermissions).flatMap((permissions: Permissions) => permissions[name] ?? []))
]
