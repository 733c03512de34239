/** What it would look like if Effect changed the state of a scope: handles get child scopes instead of keys. */
export * from "../../src/internal/scopeState.ts"
export const canKey = false
