export type { AwsClientOptions, AwsClients, AwsCredentials, AwsEndpoints } from "./store/aws/awsClients.ts"
export { awsStore, type StoreServices } from "./store/aws/awsStore.ts"
export type { AwsStoreOptions } from "./store/aws/awsStoreOptions.ts"
export type { CapacityUse, OnCapacity } from "./store/aws/calls/capacity.ts"
export {
  type AwsTables,
  type AwsTablesOptions,
  createAwsTables,
  expiryAttribute,
  tableDefinition
} from "./store/aws/createAwsTables.ts"
export { awsClientStore, type ClientStoreOptions } from "./store/aws/functionStore.ts"
export { sqsDelivery } from "./store/aws/queue/sqsStepQueue.ts"
export { isInboxKey, parseRunPartition, type RunPartition } from "./store/aws/table/keys.ts"
