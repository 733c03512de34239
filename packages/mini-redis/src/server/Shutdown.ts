/**
 * Cancelled when the server is to end: nothing new is begun then, and what was begun is finished.
 */
import { CancellationToken } from "effect-sync"

export class Shutdown extends CancellationToken.Service<Shutdown>()("mini-redis/Shutdown", {}) {}
