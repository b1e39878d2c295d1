import { ownManifest } from "./ownManifest.ts"

/** Of this package, as it is installed. */
export const packageVersion = (): string => ownManifest().version
