/** What to do about an entry that Node cannot load; undefined where its own words have to do. */
export const adviceOn = (error: unknown): string | undefined => {
  const { code, message } = (error ?? {}) as { readonly code?: unknown; readonly message?: unknown }
  if (code === "ERR_UNKNOWN_FILE_EXTENSION")
    return "this Node does not read TypeScript: take 22.18 or later, or set NODE_OPTIONS=--experimental-strip-types"
  if (code === "ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX")
    return "Node strips types and compiles nothing: write without enums, namespaces and parameter properties"
  if (code !== "ERR_MODULE_NOT_FOUND") return undefined
  const [, name] = /^Cannot find package '([^']+)'/.exec(String(message)) ?? []
  return name === undefined
    ? 'import files with the ending that they have: "./steps.ts"'
    : `npm install ${name}; if that is an alias of tsconfig.json, Node does not know it: say it in "imports" of package.json`
}
