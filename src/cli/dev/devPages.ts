/** The dashboard, beside the API. */
export const devPages = (): ((request: Request) => Response | undefined) => () => undefined
