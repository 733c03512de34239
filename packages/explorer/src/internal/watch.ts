/**
 * Watched state: objects that report that they are read or written.
 *
 * A step that touched nothing watched commutes with every step of every other fiber, so stopping before it leads nowhere
 * that stopping after it does not (the simplest of the partial-order reductions; Godefroid, 1996).
 *
 * @internal
 */
import * as Effect from "effect/Effect"

interface Watching {
  touched: boolean
  watching: boolean
}

let current: Watching | undefined

/** @internal */
export const setCurrent = (execution: Watching | undefined): void => {
  current = execution
}

const touch = (): void => {
  if (current !== undefined) current.touched = true
}

const proxies = new WeakMap<object, object>()

const isCollection = (target: object): boolean =>
  target instanceof Map || target instanceof Set || target instanceof WeakMap || target instanceof WeakSet

const isWatchable = (value: unknown): value is object =>
  typeof value === "object" && value !== null && !Effect.isEffect(value)
  && (Array.isArray(value) || isCollection(value) || Object.getPrototypeOf(value) === Object.prototype
    || Object.getPrototypeOf(value) === null)

const handler: ProxyHandler<object> = {
  get(target: any, key, receiver) {
    if (isCollection(target)) {
      touch()
      const value = target[key]
      return typeof value === "function" ? value.bind(target) : value
    }
    const descriptor = Reflect.getOwnPropertyDescriptor(target, key)
    // methods, and getters, which see the proxy as `this`, touch what they use themselves
    if (descriptor === undefined || descriptor.get !== undefined) return Reflect.get(target, key, receiver)
    touch()
    const value = target[key]
    const fixed = descriptor.configurable === false && descriptor.writable === false
    return !fixed && isWatchable(value) ? proxyOf(value) : value
  },
  set(target, key, value, receiver) {
    touch()
    const setter = Reflect.getOwnPropertyDescriptor(target, key)?.set
    return setter === undefined ? Reflect.set(target, key, value) : Reflect.set(target, key, value, receiver)
  },
  has(target, key) {
    touch()
    return Reflect.has(target, key)
  },
  deleteProperty(target, key) {
    touch()
    return Reflect.deleteProperty(target, key)
  },
  ownKeys(target) {
    touch()
    return Reflect.ownKeys(target)
  }
}

const proxyOf = <T extends object>(target: T): T => {
  let proxy = proxies.get(target)
  if (proxy === undefined) {
    proxy = new Proxy(target, handler)
    proxies.set(target, proxy)
  }
  return proxy as T
}

/** @internal */
export const watched = <T extends object>(target: T): T => {
  if (current !== undefined) current.watching = true
  return proxyOf(target)
}
