import { bytesPerElement } from './dtype.js';
import { provideMemoryReport } from './errors.js';
import { formatShape } from './shape.js';
import type { Tensor } from './tensor.js';

let debugging = process.env['IBEX_DEBUG'] === '1';

/**
 * In debug mode tensors remember where they were made, and out-of-memory errors tell it. Also set by `IBEX_DEBUG=1`. It
 * makes every call slower.
 */
export function setDebug(on: boolean): void {
  debugging = on;
}

export function isDebug(): boolean {
  return debugging;
}

interface Origin {
  readonly tensor: WeakRef<Tensor>;
  readonly stack: string;
}

const origins = new Set<Origin>();
const gone = new FinalizationRegistry<Origin>((origin) => origins.delete(origin));

/** Remembers where a tensor was made. Called in debug mode only. */
export function noteOrigin(tensor: Tensor): void {
  const origin = { tensor: new WeakRef(tensor), stack: callerOf(new Error().stack ?? '') };
  origins.add(origin);
  gone.register(tensor, origin);
}

const OWN_FRAME = /[\\/](packages|@ibex)[\\/]tensor[\\/](src|dist)[\\/](core|ops|random)[\\/](?!.*\.test\.)/;

/** The frames of a stack that are not of this package. */
function callerOf(stack: string): string {
  const frames = stack.split('\n').slice(1);
  const outside = frames.filter((frame) => !OWN_FRAME.test(frame));
  return (outside.length > 0 ? outside : frames).slice(0, 4).join('\n');
}

const SHOWN = 5;

provideMemoryReport(() => {
  if (!debugging) return '\nSet IBEX_DEBUG=1 to see where the largest tensors were made.';
  const live = [...origins].flatMap(({ tensor, stack }) => {
    const alive = tensor.deref();
    if (!alive || alive.handle === 0) return [];
    return {
      bytes: alive.size * bytesPerElement(alive.dtype),
      type: `${alive.dtype}${formatShape(alive.shape)}`,
      stack,
    };
  });
  live.sort((a, b) => b.bytes - a.bytes);
  return live
    .slice(0, SHOWN)
    .map(({ bytes, type, stack }) => `\n${bytes} bytes: ${type}, made\n${stack}`)
    .join('');
});
