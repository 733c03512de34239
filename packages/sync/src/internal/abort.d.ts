// What this library uses of `AbortController`, which every platform has. The types of a platform are not loaded here, so
// that nothing else of it can slip in; whoever uses the library has the full ones.

interface AbortSignal {
  readonly aborted: boolean
  addEventListener(type: "abort", listener: () => void, options?: { readonly once?: boolean }): void
  removeEventListener(type: "abort", listener: () => void): void
}

interface AbortController {
  readonly signal: AbortSignal
  abort(): void
}

declare const AbortController: new() => AbortController
