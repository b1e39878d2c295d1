/** HTTP for servers of your own: output streams as server-sent events. */
export { type EventStreamOptions, eventStream } from "./http/eventStream.ts"
