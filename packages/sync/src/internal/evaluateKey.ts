/**
 * The one name of Effect's we use that is not documented as public.
 *
 * It is the key under which every Effect stores the function the run loop calls to take one step; Effect types it in
 * `Tracer.EffectPrimitive`, where a tracer calls it. `step.ts` is the only reader, checks once at start-up that it still
 * means what we think, and falls back to documented functions when it does not. It has a file of its own so that the
 * tests can rename it and prove the fallback.
 *
 * @internal
 */
export const evaluateKey: string = "~effect/Effect/evaluate"
