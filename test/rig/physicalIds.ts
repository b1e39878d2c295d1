import { createHash } from "node:crypto"

export interface Pseudo {
  readonly region: string
  readonly accountId: string
  readonly partition: string
  readonly urlSuffix: string
  readonly stackName: string
}

/** What `Ref` and `Fn::GetAtt` answer for a resource, by the page of its type in CloudFormation's reference. */
export interface PhysicalId {
  readonly ref: string
  readonly attributes: Readonly<Record<string, string>>
}

interface Named {
  readonly type: string
  readonly logicalId: string
  /** A property that may hold the resource's name. */
  readonly named: (property: string) => string | undefined
}

/**
 * Names that are made by the stack's name and the logical id, and so the same at every start. A resource of another type has a
 * name and no attributes: whoever asks for one is told that the rig does not know it.
 */
export const physicalIdOf = ({ type, logicalId, named }: Named, pseudo: Pseudo): PhysicalId => {
  const { region, accountId, partition, urlSuffix, stackName } = pseudo
  const name = `${stackName}-${logicalId}`
  const arn = (service: string, resource: string, place = `${region}:${accountId}`) =>
    `arn:${partition}:${service}:${place}:${resource}`
  const id = (length: number) => createHash("sha256").update(name).digest("hex").slice(0, length)
  switch (type) {
    case "AWS::DynamoDB::GlobalTable":
    case "AWS::DynamoDB::Table": {
      const table = named("TableName") ?? name
      const Arn = arn("dynamodb", `table/${table}`)
      return { ref: table, attributes: { Arn, StreamArn: `${Arn}/stream/2026-01-01T00:00:00.000` } }
    }
    case "AWS::SQS::Queue": {
      const queue = named("QueueName") ?? name
      const ref = `https://sqs.${region}.${urlSuffix}/${accountId}/${queue}`
      return { ref, attributes: { Arn: arn("sqs", queue), QueueName: queue, QueueUrl: ref } }
    }
    case "AWS::S3::Bucket": {
      const bucket = named("BucketName") ?? name.toLowerCase()
      return { ref: bucket, attributes: { Arn: arn("s3", bucket, ":") } }
    }
    case "AWS::Lambda::Function": {
      const ref = named("FunctionName") ?? name
      return { ref, attributes: { Arn: arn("lambda", `function:${ref}`) } }
    }
    case "AWS::Lambda::EventSourceMapping": {
      const uuid = id(32).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5")
      return { ref: uuid, attributes: { Id: uuid } }
    }
    case "AWS::IAM::Role": {
      const ref = named("RoleName") ?? name
      return {
        ref,
        attributes: { Arn: arn("iam", `role/${ref}`, `:${accountId}`), RoleId: `AROA${id(17).toUpperCase()}` }
      }
    }
    case "AWS::Logs::LogGroup": {
      const ref = named("LogGroupName") ?? name
      return { ref, attributes: { Arn: arn("logs", `log-group:${ref}:*`) } }
    }
    case "AWS::Scheduler::ScheduleGroup": {
      const ref = named("Name") ?? name
      return { ref, attributes: { Arn: arn("scheduler", `schedule-group/${ref}`) } }
    }
    case "AWS::Scheduler::Schedule": {
      const ref = named("Name") ?? name
      return { ref, attributes: { Arn: arn("scheduler", `schedule/${named("GroupName") ?? "default"}/${ref}`) } }
    }
    case "AWS::KMS::Key": {
      const ref = id(32)
      return { ref, attributes: { Arn: arn("kms", `key/${ref}`), KeyId: ref } }
    }
    case "AWS::SecretsManager::Secret":
      return { ref: arn("secretsmanager", `secret:${name}-${id(6)}`), attributes: {} }
    case "AWS::CloudWatch::Alarm": {
      const ref = named("AlarmName") ?? name
      return { ref, attributes: { Arn: arn("cloudwatch", `alarm:${ref}`) } }
    }
    case "AWS::ApiGatewayV2::Api": {
      const ref = id(10)
      return { ref, attributes: { ApiId: ref, ApiEndpoint: `https://${ref}.execute-api.${region}.${urlSuffix}` } }
    }
    case "AWS::ApiGatewayV2::Integration":
    case "AWS::ApiGatewayV2::Authorizer":
    case "AWS::ApiGatewayV2::Route":
      return { ref: id(7), attributes: {} }
    default:
      return { ref: name, attributes: {} }
  }
}
