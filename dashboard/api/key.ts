import { signal } from "@preact/signals"

const slot = "dynactor.key"

const read = (): string => {
  try {
    return sessionStorage.getItem(slot) ?? ""
  } catch {
    return ""
  }
}

/** Kept for this tab alone: it is gone with it, and no other page has it. */
export const apiKey = signal(read())

/** The API has asked who is there. */
export const isKeyWanted = signal(false)

export const useKey = (key: string) => {
  apiKey.value = key
  isKeyWanted.value = false
  try {
    if (key === "") sessionStorage.removeItem(slot)
    else sessionStorage.setItem(slot, key)
  } catch {
    // It holds until the page is loaded again.
  }
}
