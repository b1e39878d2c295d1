import { hash } from "node:crypto"

/** Stands for the text: long enough that two never share one by chance. */
export const digest = (text: string): string => hash("sha1", text, "base64")
