/** The embedded engine. */
export { type SqliteStoreOptions, type Store, sqliteStore } from "./store/sqlite/sqliteStore.ts"
