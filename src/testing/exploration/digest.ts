import { createHash } from "node:crypto"

/** Stands for the text: long enough that two never share one by chance. */
export const digest = (text: string): string => createHash("sha1").update(text).digest("base64")
