import * as OpenApi from "effect/http-api/OpenApi"
import { DynactorApi } from "./dynactorApi.ts"

/** The API as an OpenAPI 3.1 document, for code generators and people. `basePath`: what stands before its paths, such as `/api`. */
export const openApiDocument = (basePath = ""): object => {
  const document = OpenApi.fromApi(DynactorApi)
  return { ...document, servers: [{ url: basePath === "" ? "/" : basePath }] }
}
