export { DecryptCommand, GenerateDataKeyCommand, KMSClient } from "@aws-sdk/client-kms"
