/**
 * The synchronization toolbox of tokio, for Effect.
 *
 * @since 0.1.0
 */
export * as Barrier from "./Barrier.ts"
export * as Broadcast from "./Broadcast.ts"
export * as CancellationToken from "./CancellationToken.ts"
export * as Errors from "./Errors.ts"
export * as Handle from "./Handle.ts"
export * as Mpsc from "./Mpsc.ts"
export * as Mutex from "./Mutex.ts"
export * as Notify from "./Notify.ts"
export * as OnceCell from "./OnceCell.ts"
export * as Oneshot from "./Oneshot.ts"
export * as RwLock from "./RwLock.ts"
export * as Semaphore from "./Semaphore.ts"
export * as SetOnce from "./SetOnce.ts"
export * as Watch from "./Watch.ts"
