/** The pages, by the first part of the address: a test looks at each of them on every kind of store. */
export const pageNames = ["runs", "workflows", "start", "schedules", "limits", "dead-letters"] as const
export type PageName = (typeof pageNames)[number]

/** Those that are another page with a name behind it: `#/runs/order-1`. */
export const namedPageNames = ["runs", "workflows", "start"] as const
export type NamedPageName = (typeof namedPageNames)[number]

/** The parts of a run's page: `#/runs/order-1/messages`. */
export const runTabNames = ["overview", "waterfall", "messages", "published", "family"] as const
export type RunTabName = (typeof runTabNames)[number]
