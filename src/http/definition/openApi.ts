import * as OpenApi from "effect/http-api/OpenApi"
import { DynactorApi } from "./dynactorApi.ts"

/** The API as an OpenAPI 3.1 document, for code generators and people. `basePath`: what stands before its paths, such as `/api`. */
export const openApiDocument = (basePath = ""): object => {
  const document = withNumbers(OpenApi.fromApi(DynactorApi))
  return { ...document, servers: [{ url: basePath === "" ? "/" : basePath }] }
}

/** A parameter that is a number goes over the wire as text: a reader of the document wants to know that it is a number. */
const withNumbers = (document: OpenApi.OpenAPISpec): OpenApi.OpenAPISpec => {
  const paths = Object.entries(document.paths).map(([path, item]) => {
    const methods = Object.entries(item ?? {}).map(([method, operation]) => {
      const parameters = (operation as OpenApi.OpenAPISpecOperation).parameters?.map(asNumber)
      return [method, parameters === undefined ? operation : { ...(operation as object), parameters }]
    })
    return [path, Object.fromEntries(methods)]
  })
  return { ...document, paths: Object.fromEntries(paths) }
}

const asNumber = (parameter: OpenApi.OpenAPISpecParameter): OpenApi.OpenAPISpecParameter => {
  const { pattern, type, ...rest } = parameter.schema as Readonly<Record<string, unknown>>
  if (type !== "string" || typeof pattern !== "string" || !pattern.includes("\\d")) return parameter
  return { ...parameter, schema: { type: "integer", ...rest } as typeof parameter.schema }
}
