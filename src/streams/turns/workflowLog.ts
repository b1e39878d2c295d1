import * as Context from "effect/Context"
import * as Logger from "effect/Logger"

/** Log lines of workflow code go to the host's loggers, once: replays are silent. */
export const logWorkflow = (services: Context.Context<never>): ((entry: Logger.Options<unknown>) => void) => {
  const loggers = Context.get(services, Logger.CurrentLoggers)
  return (entry) => {
    for (const logger of loggers) logger.log(entry)
  }
}
