/**
 * With what the process ends. Scripts may rely on these.
 *
 * | code | |
 * | --- | --- |
 * | 0 | done; of `wait`: the run has succeeded |
 * | 1 | what was asked about has failed: the run, a check, some of many |
 * | 2 | wrong use: a flag, an input that does not fit, no target |
 * | 3 | there is no such run, state, stream, file or stack |
 * | 4 | the store or the server is away, or refuses: try again, or look at the rights |
 * | 5 | something else stands already: another input under this id, a run that has ended, a token that was used |
 * | 6 | not yet: the time-out of `wait` is over, or the run is parked |
 * | 70 | a bug of dynactor's |
 * | 130 | interrupted, by Ctrl-C or at a question |
 */
export const exitCodes = {
  done: 0,
  failed: 1,
  wrongUse: 2,
  notFound: 3,
  away: 4,
  conflict: 5,
  notYet: 6,
  bug: 70,
  interrupted: 130
} as const

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]
