/** An error as the SDK throws it: by its name, and by the status of the answer. */
export const serviceError = (name: string, message: string, status = 400): Error =>
  Object.assign(new Error(message), { name, $metadata: { httpStatusCode: status, attempts: 1 }, $fault: "client" })

/** What is wrong with a request. */
export const invalid = (message: string): Error => serviceError("ValidationException", message)

/** Not what a service would say: the wire has not been taught this, and whoever uses it is to teach it. */
export const unknownToWire = (what: string): Error =>
  Object.assign(new Error(`the wire does not know ${what}: teach it in simulation/wire`), { name: "UnknownToWire" })
