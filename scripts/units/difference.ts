export interface Units {
  readonly write: number
  readonly read: number
}

export const difference = (a: Units, b: Units, by = 1): Units => ({
  write: (a.write - b.write) / by,
  read: (a.read - b.read) / by
})
