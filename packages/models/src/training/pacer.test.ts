import type { PreparedCall } from '@ibex/tensor';
import { describe, expect, test } from 'vitest';
import { Pacer } from './pacer.js';

/** A device that ends its runs when it is told to, in their order. */
class Device {
  enqueued = 0;
  readonly #ends: ((error?: Error) => void)[] = [];

  readonly call: PreparedCall = {
    run: (times = 1) => {
      this.enqueued += times;
      return [];
    },
    runAsync: (times = 1) => {
      this.enqueued += times;
      const done = new Promise<void>((resolve, reject) => {
        this.#ends.push((error) => (error ? reject(error) : resolve()));
      });
      return { outputs: [], done };
    },
  };

  /** The oldest run that somebody may wait for ends. */
  end(error?: Error): void {
    this.#ends.shift()?.(error);
  }
}

async function settled(promise: Promise<unknown>): Promise<boolean> {
  let is = false;
  promise.then(
    () => (is = true),
    () => (is = true),
  );
  await new Promise((resolve) => setImmediate(resolve));
  return is;
}

describe('Pacer', () => {
  test('has two runs on their way at first, and waits for the older one', async () => {
    const device = new Device();
    const pacer = new Pacer();
    expect(await settled(pacer.run(device.call))).toBe(true);
    const second = pacer.run(device.call);
    expect(await settled(second)).toBe(false);
    expect(device.enqueued).toBe(2);
    device.end();
    expect(await settled(second)).toBe(true);
  });

  test('enqueues more between waits when runs are short, up to a limit', async () => {
    const device = new Device();
    const pacer = new Pacer();
    let waits = 0;
    let most = 0;
    let last = 0;
    for (let i = 0; i < 1000; i++) {
      const run = pacer.run(device.call);
      // What waits is not settled by the microtasks that a run without a wait needs.
      const waited = await Promise.race([
        run.then(() => false),
        new Promise<boolean>((resolve) => setImmediate(() => resolve(true))),
      ]);
      if (!waited) continue;
      waits++;
      most = Math.max(most, device.enqueued - last);
      last = device.enqueued;
      device.end();
      await run;
    }
    expect(waits).toBeLessThan(100);
    expect(most).toBe(32);
  });

  test('enqueues all runs of a window at once where it may, never more than are left', async () => {
    const device = new Device();
    const pacer = new Pacer();
    const counts: number[] = [];
    for (let left = 100; left > 0; ) {
      const run = pacer.run(device.call, left);
      if (counts.length > 0) device.end();
      counts.push(await run);
      left -= counts.at(-1)!;
    }
    expect(device.enqueued).toBe(100);
    expect(counts.slice(0, 6)).toEqual([1, 1, 2, 4, 8, 16]);
    expect(Math.max(...counts)).toBe(32);
  });

  test('enqueues a run however many others have since the window became smaller', async () => {
    const device = new Device();
    const pacer = new Pacer();
    for (let count = 0; count < 8; ) {
      const run = pacer.run(device.call, 100);
      if (device.enqueued > 1) device.end();
      count = await run;
    }
    const slow = pacer.run(device.call, 100);
    const others = await pacer.run(device.call, 12);
    await new Promise((resolve) => setTimeout(resolve, 20));
    device.end();
    await slow;
    expect(others).toBe(12);
    const before = device.enqueued;
    expect(await settled(pacer.run(device.call))).toBe(false);
    expect(device.enqueued).toBe(before + 1);
  });

  test('rejects with the error of a run before, once', async () => {
    const device = new Device();
    const pacer = new Pacer();
    await pacer.run(device.call);
    const next = pacer.run(device.call);
    device.end(new Error('broken'));
    await expect(next).rejects.toThrow('broken');
    device.end();
    await pacer.drain();
    await pacer.drain();
  });

  test('drain tells of what the last runs did', async () => {
    const device = new Device();
    const pacer = new Pacer();
    await pacer.run(device.call);
    const drained = pacer.drain();
    expect(await settled(drained)).toBe(false);
    device.end(new Error('late'));
    await expect(drained).rejects.toThrow('late');
  });
});
