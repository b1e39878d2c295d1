import { Token } from "aws-cdk-lib"
import { Grant, type IGrantable, PolicyStatement } from "aws-cdk-lib/aws-iam"
import { type GrantName, grantPermissions, type Permissions } from "#src/streams/lambda/permissions"
import { clientKeyStatements, codecStatements, type Resources, statementsFor } from "./statements.ts"

/** Whose runs a deployment turns, and where. */
export interface GrantsOf {
  readonly tenant: string
  readonly account: string
}

/**
 * What users' own functions may do with runs: `workflows.grants.start(checkout)`.
 *
 * IAM tells partitions of a table apart, and not the rows in them: whoever may put one row, may put any. `signal` and `cancel`
 * differ in what the client does with them, not in what a role could do that means harm.
 */
export class DynactorGrants {
  private readonly resources: Resources
  private readonly of: GrantsOf

  /** @internal */
  constructor(resources: Resources, of: GrantsOf) {
    this.resources = resources
    this.of = of
  }

  /** `client.start`, `startItem`, and nothing that reads. */
  start(grantee: IGrantable): Grant {
    return this.grant(grantee, "start")
  }

  /** `client.start` by any policy, and what {@link start} is for; with {@link read} also to wait for that start. */
  restart(grantee: IGrantable): Grant {
    return this.grant(grantee, "restart")
  }

  /** `client.signal`, `signalItem`, and `sendUpdate`; with {@link read} also `update`. */
  signal(grantee: IGrantable): Grant {
    return this.grant(grantee, "signal")
  }

  /** `client.cancel`, and `client.terminate`, `client.pause` and `client.resume`. */
  cancel(grantee: IGrantable): Grant {
    return this.grant(grantee, "cancel")
  }

  /** `client.completeCallback`, `failCallback` and `heartbeatCallback`. */
  callback(grantee: IGrantable): Grant {
    return this.grant(grantee, "callback")
  }

  /** `client.get`, `wait`, `history`, `list`, `state`, `watch` and `updateAnswer`. */
  read(grantee: IGrantable): Grant {
    return this.grant(grantee, "read")
  }

  /** `client.retry`, `reset` and `fork`, and their dry runs; with {@link read} also of many at a time. */
  repair(grantee: IGrantable): Grant {
    return this.grant(grantee, "repair")
  }

  /** `client.delete`: from then on nobody finds the run. What it has stored the function `purge` deletes with its next pass. */
  delete(grantee: IGrantable): Grant {
    return this.grant(grantee, "delete")
  }

  /** `client.schedules`: to make, pause, resume, trigger, backfill and remove them at run time; to look at them is {@link read}. */
  schedule(grantee: IGrantable): Grant {
    return this.grant(grantee, "schedule")
  }

  /** `importRun` of `dynactor/inspection`: runs that come from another store. To export them is {@link read}. */
  move(grantee: IGrantable): Grant {
    return this.grant(grantee, "move")
  }

  /**
   * Everything that a client does, with the runs of the deployment's tenant alone: for a role that the tenant itself acts as,
   * with a client whose store says the same `tenant`. Partitions of other tenants are closed to it, in the table and in the
   * listing. Throws if the deployment is another tenant's: nobody would turn the runs that the role starts.
   */
  tenant(grantee: IGrantable, tenant: string): Grant {
    const own = this.of.tenant
    if (tenant === "" || tenant !== own) {
      const turns = own === "" ? "those without a tenant" : `those of the tenant ${JSON.stringify(own)}`
      throw new RangeError(
        `tenant ${JSON.stringify(tenant)}: this deployment turns no runs but ${turns}; say \`tenant\` to the one that is meant`
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
    return this.add(grantee, [
      inTable("table"),
      inTable("listingIndex"),
      // Not the bucket itself: a listing of it would name other tenants' objects.
      new PolicyStatement({ actions: allActions("payloadObjects"), resources: [resources.payloadObjects] }),
      ...clientKeyStatements(resources.encryptionKeys, "readAndWrite"),
      ...codecStatements(resources.codec)
    ])
  }

  private grant(grantee: IGrantable, name: GrantName): Grant {
    const { codec } = this.resources
    const reach = name === "read" ? "read" : "readAndWrite"
    const statements = [
      ...statementsFor(grantPermissions[name], { ...this.resources, encryptionKeys: [], codec: undefined }),
      ...codecStatements(codec, reach)
    ]
    const services = ["dynamodb", "s3", ...(name === "callback" ? ["secretsmanager"] : [])]
    return this.add(grantee, [...statements, ...clientKeyStatements(this.resources.encryptionKeys, reach, services)])
  }

  private add(grantee: IGrantable, statements: ReadonlyArray<PolicyStatement>): Grant {
    const { principalAccount } = grantee.grantPrincipal
    const { account } = this.of
    const isKnown = principalAccount !== undefined && ![principalAccount, account].some(Token.isUnresolved)
    if (isKnown && principalAccount !== account) {
      // Its role would need a policy there, and each resource one here: CDK would write neither, and say nothing.
      throw new RangeError(
        `${grantee.grantPrincipal} is of the account ${principalAccount}: grants are for roles of ${account}. Let it assume one.`
      )
    }
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
