import { dynamodbLocal } from "../servers/dynamodbLocal.ts"
import { awsContracts } from "./awsSuites.ts"

awsContracts(dynamodbLocal)
