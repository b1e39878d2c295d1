import { dynoxide } from "../servers/dynoxide.ts"
import { awsContracts } from "./awsSuites.ts"

awsContracts(dynoxide)
