/**
 * Where signals of a run are kept apart: a name, or a name and what they are for. As text `approved`, or `approved/question-1`: no name
 * holds a "/".
 */
export interface Channel {
  readonly name: string
  /** Absent: for whoever asks for the name alone. */
  readonly for?: string
}

export const channelText = ({ name, for: correlation }: Channel): string =>
  correlation === undefined ? name : `${name}/${correlation}`

export const readChannel = (text: string): Channel => {
  const slash = text.indexOf("/")
  return slash < 0 ? { name: text } : { name: text.slice(0, slash), for: text.slice(slash + 1) }
}

/** In words, for people. */
export const showChannel = (text: string): string => {
  const { name, for: correlation } = readChannel(text)
  return correlation === undefined ? `signal ${name}` : `signal ${name} for ${correlation}`
}

/** Signals that have come and that nobody has asked for, of one channel. */
export interface Unread extends Channel {
  readonly count: number
}
