/**
 * How many can still send: the strong and the weak senders of one channel.
 *
 * A channel is over, for its receivers, once its last *strong* sender is gone; weak ones do not keep it open, and can
 * become strong only while there is a strong one. Hence **no strong sender ⇒ there will never be one again**.
 *
 * @internal
 */
export class SenderCount {
  strong = 0
  weak = 0
  private readonly lastGone: () => void

  /** `lastGone` runs once, when the last strong sender has gone: the count is 0 already. */
  constructor(lastGone: () => void) {
    this.lastGone = lastGone
  }

  addStrong(): void {
    this.strong++
  }

  removeStrong(): void {
    this.strong--
    if (this.strong === 0) this.lastGone()
  }

  /** What `upgrade` does: one more strong sender, if there is any. */
  tryAddStrong(): boolean {
    if (this.strong === 0) return false
    this.strong++
    return true
  }
}
