/** An error of the SDK, as far as we look at it. */
export interface AwsError {
  readonly name: string
  readonly message: string
  readonly $metadata?: { readonly httpStatusCode?: number }
}

export type AwsService = "dynamodb" | "sqs" | "s3" | "scheduler" | "secretsManager" | "kms"

/**
 * What an error says about asking again.
 *
 * - `away`: the service did not answer, or cannot now. The same call may pass in a moment.
 * - `credentials`: it does not take those of this process: they have expired, are not known yet, are wrong, or its clock is. Another process may be
 *   answered, and this one once it has others: it is no run's fault, and a call waits as for a service that is away.
 * - `content`: the service will never take what it was handed, whoever asks and whenever.
 * - `deployment`: the service would take it, but for something that a person has to put right: a right, a name, a key.
 * - `quota`: the service has no room for one more of these until some are gone or somebody raises the quota.
 *
 * What is no error at all (an item that is there already, a lost answer whose call has taken effect) only the call itself knows:
 * it says so in its `recover`, before anything is sorted here.
 */
export type ErrorSort = "away" | "credentials" | "content" | "deployment" | "quota"

/**
 * The one place that sorts what AWS answers. By the error's name; by its message only where one name stands for several things; by
 * its status where the name is new to us.
 */
export const sortError = (service: AwsService, error: AwsError): ErrorSort => {
  const name = plainName(error.name)
  const status = error.$metadata?.httpStatusCode
  // Names of load and of broken answers first: some of them contain the name of a refusal ("KMS.ThrottlingException").
  if (loads.test(name)) return "away"
  if (isOfCredentials(error)) return "credentials"
  if (service === "scheduler" && name === "ServiceQuotaExceededException") return "quota"
  if (deployments.test(name)) return "deployment"
  if (name === "ValidationException") return sortValidation(service, error.message)
  if (contents.test(name) || status === 413) return "content"
  // A conflict that is not "there already", which the call knows: the schedule's group is being deleted, for one.
  if (name === "ConflictException" || name === "OperationAborted" || name === "OverLimit") return "away"
  if (status === undefined || !isRefusal(status)) return "away"
  // A client error of a name that we do not know. The same call will meet it again, so it is not "away"; what it is about a
  // person has to read. But the table is where such a thing would be written down: without it everything waits.
  return service === "dynamodb" ? "away" : "deployment"
}

/** The credentials of this process are not taken, or there are none to be had. */
export const isOfCredentials = ({ name, message }: AwsError): boolean =>
  credentials.test(name) || (/AccessDenied/.test(name) && assumesRole.test(message))

/** Client errors, but for the time-outs and throttles among them. */
const isRefusal = (status: number): boolean => status >= 400 && status < 500 && ![408, 409, 425, 429].includes(status)

/** SQS's older protocol puts `AWS.SimpleQueueService.` before a name, S3 puts `KMS.` there. */
const plainName = (name: string): string => name.replace(/^AWS\.SimpleQueueService\./, "")

/**
 * The service or its network is busy, slow or broken for now. `BadDigest` and its like say that bytes were changed on the way, clocks
 * that are off are put right by the SDK itself with the next attempt.
 */
const loads =
  /Throttl|TooManyRequests|SlowDown|RequestLimitExceeded|ProvisionedThroughputExceeded|^LimitExceededException$|TransactionConflict|KMSInternal|KeyUnavailable|InternalServer|InternalError|InternalFailure|ServiceUnavailable|Timeout|BadDigest|ContentSHA256Mismatch|RequestTimeTooSkewed|RequestInTheFuture|PriorRequestNotComplete/i

/**
 * Each service has names of its own for the same: `ExpiredTokenException` is `ExpiredToken` of S3. A signature has a time, and is refused a few minutes later: by the
 * clock of this process, or as it was frozen with the request under way. The last ones are the SDK's, where it gets no credentials.
 */
const credentials =
  /ExpiredToken|RequestExpired|TokenRefreshRequired|InvalidToken|UnrecognizedClient|InvalidClientTokenId|InvalidAccessKeyId|InvalidSignature|SignatureDoesNotMatch|IncompleteSignature|MissingAuthenticationToken|MissingSecurityHeader|InvalidSecurity|AuthFailure|CredentialsProvider|CredentialsError|TokenProvider|^ProviderError$/

/** Credentials that are those of a role, and are asked for with each of their ends. */
const assumesRole = /not authorized to perform: sts:AssumeRole/i

/**
 * Rights, names and keys. A missing `iam:PassRole` is an `AccessDeniedException`. `KMS...` is a key that is disabled, gone
 * or not ours to use.
 */
const deployments =
  /AccessDenied|Forbidden|NotAuthorized|UnauthorizedOperation|AuthorizationError|ResourceNotFound|OptInRequired|NotSignedUp|AllAccessDisabled|AccountProblem|NoSuchBucket|InvalidBucketName|PermanentRedirect|IllegalLocationConstraint|AuthorizationHeaderMalformed|QueueDoesNotExist|NonExistentQueue|QueueDeletedRecently|InvalidAddress|UnsupportedOperation|^Kms|^KMS/

/** Of SQS: characters or a size that it does not take. Of S3: an object or a name that is too long. Of DynamoDB: a full partition, or text that is none. */
const contents =
  /InvalidMessageContents|InvalidParameterValue|BatchRequestTooLong|MessageTooLong|EntityTooLarge|MaxMessageLengthExceeded|KeyTooLong|ItemCollectionSizeLimitExceeded|PayloadTooLarge|RequestEntityTooLarge|^SerializationException$/

/** One name for all that is wrong with a request: the message tells whose fault it is. */
const sortValidation = (service: AwsService, message: string): ErrorSort => {
  switch (service) {
    case "dynamodb":
      return ofTheTable.test(message) ? "deployment" : "content"
    case "scheduler":
      return ofTheRole.test(message) ? "deployment" : "content"
    default:
      return "content"
  }
}

const ofTheTable =
  /Missing the key|required keys was not given|Type mismatch for|does not match the schema|specified index|'tableName'|table\/index name/i

/** "The execution role you provide must allow AWS EventBridge Scheduler to assume the role", a key or a group that is none. */
const ofTheRole = /role|kms|'groupName'|schedule group|RoleArn|KmsKeyArn/i
