/** The section about an error, by its tag: in the package's own pages, beside the version that has met it. */
export const errorPage = (tag: string): string => `docs/guide/errors.md#${tag.toLowerCase()}`
