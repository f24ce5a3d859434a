import type { PreparedCall } from '@ibex/tensor';

/** How long the device may be given work for at once, in milliseconds. */
const AHEAD_MS = 4;
const MOST_RUNS = 32;

/**
 * Keeps a loop a little ahead of the device: as many runs are enqueued as it has work with for some milliseconds, and the
 * loop waits for those before them. So the device never waits for the loop, which turns to other events often, and of runs
 * that take long at most two are on their way.
 */
export class Pacer {
  #window = 1;
  #enqueued = 0;
  /** Ends with the last run of the window before. */
  #before: Promise<void> | undefined;
  #since = 0;

  /** Enqueues a run, or several, but at most `most`; how many. Rejects with the error of an earlier one that failed. */
  async run(call: PreparedCall, most = 1): Promise<number> {
    // Callers beside each other may have enqueued as many as a window that has become smaller since.
    const times = Math.max(1, Math.min(most, this.#window - this.#enqueued));
    this.#enqueued += times;
    if (this.#enqueued < this.#window) {
      call.run(times);
      return times;
    }
    this.#enqueued = 0;
    const { done } = call.runAsync(times);
    done.catch(() => undefined); // told of by whoever waits for it
    const before = this.#before;
    this.#before = done;
    if (before) {
      await before;
      this.#adapt();
    } else {
      this.#since = performance.now();
    }
    return times;
  }

  /** Ends with all that was enqueued with a wait; rejects with its error. */
  async drain(): Promise<void> {
    this.#enqueued = 0;
    const before = this.#before;
    this.#before = undefined;
    await before;
  }

  #adapt(): void {
    const now = performance.now();
    const took = now - this.#since;
    this.#since = now;
    if (took < AHEAD_MS / 2) this.#window = Math.min(MOST_RUNS, this.#window * 2);
    else if (took > AHEAD_MS * 2) this.#window = Math.max(1, this.#window >> 1);
  }
}
