/** A world, for people to read. */
export const show = (value: unknown): string => {
  try {
    return JSON.stringify(value, (_, field) =>
      field instanceof Map
        ? Object.fromEntries(field)
        : field instanceof Set
          ? [...field]
          : typeof field === "bigint"
            ? `${field}n`
            : field
    )
  } catch {
    return String(value)
  }
}
