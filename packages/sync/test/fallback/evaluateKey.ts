/** What it would look like if Effect renamed the key: the start-up check fails, and the documented ways are taken. */
export const evaluateKey: string = "~effect/Effect/renamed"
