import { HostRandom } from './host-random.js';
import { fromPasses, fromRows, mapCardinality, type Source } from './source.js';
import { stackElements } from './stack.js';

/** Calls `fn` on each element, with up to `parallelCalls` calls under way at once; the order is kept. */
export function mapSource<T, U>(
  source: Source<T>,
  fn: (element: T) => U | Promise<U>,
  parallelCalls: number,
): Source<U> {
  return fromPasses(source.cardinality, async function* () {
    const underWay: Promise<U>[] = [];
    try {
      for await (const element of source.open()) {
        if (parallelCalls === 1) {
          yield await fn(element);
          continue;
        }
        const call = Promise.resolve(element).then(fn);
        call.catch(() => undefined); // reported where it is awaited, in order
        underWay.push(call);
        if (underWay.length >= parallelCalls) yield await underWay.shift()!;
      }
      while (underWay.length > 0) yield await underWay.shift()!;
    } finally {
      await Promise.allSettled(underWay);
    }
  });
}

export function filterSource<T>(
  source: Source<T>,
  predicate: (element: T) => boolean | Promise<boolean>,
): Source<T> {
  return fromPasses(undefined, async function* () {
    for await (const element of source.open()) if (await predicate(element)) yield element;
  });
}

export function batchSource<T>(source: Source<T>, size: number, dropRemainder: boolean): Source<T> {
  const count = (n: number): number => (dropRemainder ? Math.floor(n / size) : Math.ceil(n / size));
  const { rows } = source;
  if (rows !== undefined) {
    return fromPasses(count(rows.length), async function* () {
      const { gather } = await rows.load();
      const order = rows.order();
      for (let start = 0; start < order.length; start += size) {
        const indices = order.subarray(start, start + size);
        if (indices.length === size || !dropRemainder) yield gather(indices);
      }
    });
  }
  return fromPasses(mapCardinality(source.cardinality, count), async function* () {
    let held: T[] = [];
    for await (const element of source.open()) {
      held.push(element);
      if (held.length === size) {
        yield stackElements(held);
        held = [];
      }
    }
    if (held.length > 0 && !dropRemainder) yield stackElements(held);
  });
}

/** Draws each number at random from a buffer of `bufferSize` that is refilled as it is drawn from. */
function shuffleThroughBuffer(order: Int32Array, bufferSize: number, random: HostRandom): Int32Array {
  const buffer = order.slice(0, bufferSize);
  const drawn = new Int32Array(order.length);
  const refills = order.length - bufferSize;
  for (let i = 0; i < refills; i++) {
    const at = random.below(bufferSize);
    drawn[i] = buffer[at]!;
    buffer[at] = order[bufferSize + i]!;
  }
  for (let left = bufferSize; left > 0; left--) {
    const at = random.below(left);
    drawn[order.length - left] = buffer[at]!;
    buffer[at] = buffer[left - 1]!;
  }
  return drawn;
}

/**
 * Draws each element at random from a buffer of `bufferSize` elements that is refilled as it is drawn from. Of rows that
 * can be picked by number only the numbers are drawn; they are permuted as a whole when the buffer holds them all.
 */
export function shuffleSource<T>(
  source: Source<T>,
  bufferSize: number,
  seed: number,
  eachPass: boolean,
): Source<T> {
  let passes = 0;
  const nextRandom = (): HostRandom => new HostRandom(eachPass ? seed + 0x9e3779b9 * passes++ : seed);
  const { rows } = source;
  if (rows !== undefined) {
    return fromRows({
      ...rows,
      order: () =>
        bufferSize >= rows.length
          ? nextRandom().shuffle(rows.order().slice())
          : shuffleThroughBuffer(rows.order(), bufferSize, nextRandom()),
    });
  }
  return fromPasses(source.cardinality, async function* () {
    const random = nextRandom();
    const buffer: T[] = [];
    for await (const element of source.open()) {
      if (buffer.length < bufferSize) {
        buffer.push(element);
        continue;
      }
      const drawn = random.below(bufferSize);
      yield buffer[drawn]!;
      buffer[drawn] = element;
    }
    for (let left = buffer.length; left > 0; left--) {
      const drawn = random.below(left);
      yield buffer[drawn]!;
      buffer[drawn] = buffer[left - 1]!;
    }
  });
}

export function repeatSource<T>(source: Source<T>, count: number): Source<T> {
  const total = mapCardinality(source.cardinality, (n) => (n === 0 ? 0 : n * count));
  return fromPasses(total, async function* () {
    for (let pass = 0; pass < count; pass++) {
      let empty = true;
      for await (const element of source.open()) {
        empty = false;
        yield element;
      }
      if (empty) return; // an endless repetition of nothing would never yield
    }
  });
}

export function takeSource<T>(source: Source<T>, count: number): Source<T> {
  const { rows } = source;
  if (rows !== undefined) {
    const length = Math.min(count, rows.length);
    return fromRows({ ...rows, length, order: () => rows.order().subarray(0, length) });
  }
  return fromPasses(
    mapCardinality(source.cardinality, (n) => Math.min(n, count)),
    async function* () {
      if (count === 0) return;
      let taken = 0;
      for await (const element of source.open()) {
        yield element;
        if (++taken >= count) return;
      }
    },
  );
}

export function skipSource<T>(source: Source<T>, count: number): Source<T> {
  const { rows } = source;
  if (rows !== undefined) {
    const length = Math.max(0, rows.length - count);
    return fromRows({ ...rows, length, order: () => rows.order().subarray(count) });
  }
  return fromPasses(
    mapCardinality(source.cardinality, (n) => Math.max(0, n - count)),
    async function* () {
      let skipped = 0;
      for await (const element of source.open()) if (skipped++ >= count) yield element;
    },
  );
}

/** Keeps the elements of the first whole pass in memory and gives them again; a pass that is broken off keeps nothing. */
export function cacheSource<T>(source: Source<T>): Source<T> {
  if (source.rows !== undefined) {
    const { rows } = source;
    let order: Int32Array | undefined;
    return fromRows({ ...rows, order: () => (order ??= rows.order().slice()) });
  }
  let kept: T[] | undefined;
  return fromPasses(source.cardinality, async function* () {
    if (kept !== undefined) {
      yield* kept;
      return;
    }
    const seen: T[] = [];
    for await (const element of source.open()) {
      seen.push(element);
      yield element;
    }
    kept = seen;
  });
}

/** Asks for up to `bufferSize` elements ahead of the consumer, so that producing overlaps with consuming. */
export function prefetchSource<T>(source: Source<T>, bufferSize: number): Source<T> {
  return fromPasses(source.cardinality, async function* () {
    const iterator = source.open()[Symbol.asyncIterator]();
    const ahead: Promise<IteratorResult<T>>[] = [];
    const ask = (): void => {
      const next = iterator.next();
      next.catch(() => undefined); // reported where it is awaited
      ahead.push(next);
    };
    try {
      for (let i = 0; i < bufferSize; i++) ask();
      for (;;) {
        const result = await ahead.shift()!;
        if (result.done) return;
        ask();
        yield result.value;
      }
    } finally {
      await Promise.allSettled(ahead);
      await iterator.return?.();
    }
  });
}

export function concatenateSources<T>(first: Source<T>, second: Source<T>): Source<T> {
  const total =
    first.cardinality === undefined || second.cardinality === undefined
      ? undefined
      : first.cardinality + second.cardinality;
  return fromPasses(total, async function* () {
    yield* first.open();
    yield* second.open();
  });
}

/** Elements of all sources side by side; ends with the shortest. */
export function zipSources<T extends readonly unknown[]>(
  sources: { [K in keyof T]: Source<T[K]> },
): Source<T> {
  const known = sources.map((source) => source.cardinality);
  const total = known.includes(undefined) ? undefined : Math.min(...(known as number[]));
  return fromPasses(total, async function* () {
    const iterators = sources.map((source) => source.open()[Symbol.asyncIterator]());
    try {
      for (;;) {
        const results = await Promise.all(iterators.map((iterator) => iterator.next()));
        if (results.some((result) => result.done)) return;
        yield results.map((result) => result.value) as unknown as T;
      }
    } finally {
      await Promise.all(iterators.map((iterator) => iterator.return?.()));
    }
  });
}
