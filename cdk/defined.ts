/** Without the properties that are undefined: CDK tells "not given" from "given, as undefined" no more than its types do. */
export const defined = <T extends object>(
  properties: {
    readonly [K in keyof T]: T[K] | undefined
  }
): { [K in keyof T]: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(properties).filter(([, value]) => value !== undefined)) as never
