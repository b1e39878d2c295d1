import type { GroundKind } from "./ground/ground.ts"

/** By the name of the option that asks for it; loaded only then, for some take their time. */
export const groundOf = async (flag: string | undefined): Promise<GroundKind | undefined> => {
  if (flag === "wire") return (await import("./wire/world/wireWorld.ts")).onWire
  if (flag === "file") return (await import("./file/fileWorld.ts")).onFile
  return undefined
}
