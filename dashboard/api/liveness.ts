import { signal } from "@preact/signals"

/** How fresh is what this page shows. `lost`: the server did not answer when it was asked last. */
export type Liveness = "live" | "resting" | "lost"

export const liveness = signal<Liveness>("live")
