/**
 * Runs an Effect program under every interleaving of its fibers, with an interrupt at every point.
 *
 * @since 0.1.0
 */

/**
 * @since 0.1.0
 */
export * as Explore from "./Explore.ts"
