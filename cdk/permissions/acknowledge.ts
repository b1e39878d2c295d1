import { Stack, Validations } from "aws-cdk-lib"
import type { PolicyStatement } from "aws-cdk-lib/aws-iam"
import type { IConstruct } from "constructs"

/** Findings of a rule pack (cdk-nag's AwsSolutions) that are meant to be as they are, each with its reason. */
export const acknowledge = (construct: IConstruct, reasons: Readonly<Record<string, string>>): void => {
  const acknowledgements = Object.entries(reasons).map(([id, reason]) => ({ id, reason }))
  Validations.of(construct).acknowledge(...acknowledgements)
}

/** Why the name of a resource may end in a wildcard. Of actions none does. */
const wildcardReasons: ReadonlyArray<readonly [pattern: RegExp, reason: string]> = [
  [/\/payloads\/([^/]+\/)?\*$/, "Payload objects are named by the hashes of what they hold."],
  [/\/aws\/lambda\/\*$/, "Lambda names the objects in which it puts away stream records that it gave up on."],
  [/\/timer-\*$/, "Schedules are named by the hashes of their timers."],
  [/\/stream\/\*$/, "Streams of the one table are named by the time at which they were made."],
  [
    /^\*$/,
    "Network interfaces have no names before they are made, and describing them cannot be limited; X-Ray has no resources."
  ]
]

/** For the statements of a policy: a wildcard that none of the reasons is for stays a finding. */
export const acknowledgeWildcards = (policy: IConstruct, statements: ReadonlyArray<PolicyStatement>): void => {
  for (const resource of statements.flatMap(({ resources }) => resources)) {
    const name = nameOf(Stack.of(policy).resolve(resource))
    const [, reason] = wildcardReasons.find(([pattern]) => pattern.test(name)) ?? []
    if (reason !== undefined) acknowledge(policy, { [`AwsSolutions-IAM5[Resource::${name}]`]: reason })
  }
}

/** As cdk-nag writes a resource down: references in angle brackets. */
const nameOf = (value: unknown): string => {
  if (typeof value !== "object" || value === null) return String(value)
  const [[intrinsic, argument] = []] = Object.entries(value)
  switch (intrinsic) {
    case "Ref":
      return `<${argument}>`
    case "Fn::GetAtt":
      return `<${(argument as ReadonlyArray<string>).join(".")}>`
    case "Fn::Join":
      return (argument as [string, ReadonlyArray<unknown>])[1].map(nameOf).join(argument[0])
    default:
      return JSON.stringify(value)
  }
}
