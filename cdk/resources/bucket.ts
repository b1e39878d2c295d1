import { Duration, RemovalPolicy } from "aws-cdk-lib"
import type { IKey } from "aws-cdk-lib/aws-kms"
import { BlockPublicAccess, Bucket, BucketEncryption, type IBucket, ObjectOwnership } from "aws-cdk-lib/aws-s3"
import type { Construct } from "constructs"
import { acknowledge } from "../permissions/acknowledge.ts"

/**
 * Under it Lambda puts the stream records that it gave up on
 * (https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html).
 */
export const failurePrefix = "aws/lambda/"

export interface BucketOptions {
  readonly throwaway: boolean
  readonly encryptionKey: IKey | undefined
}

/** Payloads are kept as long as their runs, that is for ever; what Lambda gave up on is of no use once somebody has looked. */
export const makeBucket = (scope: Construct, { throwaway, encryptionKey }: BucketOptions): IBucket => {
  const bucket = new Bucket(scope, "Bucket", {
    blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
    objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
    enforceSSL: true,
    removalPolicy: throwaway ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN,
    autoDeleteObjects: throwaway,
    lifecycleRules: [
      { id: "failures", prefix: failurePrefix, expiration: Duration.days(90) },
      { id: "uploads", abortIncompleteMultipartUploadAfter: Duration.days(7) }
    ],
    ...(encryptionKey === undefined
      ? { encryption: BucketEncryption.S3_MANAGED }
      : { encryption: BucketEncryption.KMS, encryptionKey, bucketKeyEnabled: true })
  })
  acknowledge(bucket, {
    "AwsSolutions-S1":
      "Objects are payloads named by their own hash, written and read by the roles of this stack alone. Whoever must " +
      "keep access logs passes a bucket that has them."
  })
  // To the compiler's strictest setting CDK's classes are not quite their own interfaces.
  return bucket as IBucket
}
