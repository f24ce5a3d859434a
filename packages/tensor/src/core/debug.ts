import { bytesPerElement, type DType } from './dtype.js';
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

/** A variable as far as the report of memory needs it. */
interface Named {
  readonly path: string;
  readonly shape: readonly number[];
  readonly dtype: DType;
}

let variablesInUse: () => Iterable<Named> = () => [];

/** Set by variable.ts: the variables whose values the core holds. */
export function provideVariablesInUse(list: () => Iterable<Named>): void {
  variablesInUse = list;
}

const SHOWN = 5;

interface Use {
  readonly bytes: number;
  readonly text: string;
}

function useOf({ shape, dtype }: { shape: readonly number[]; dtype: DType }, what: string): Use {
  const bytes = shape.reduce((size, extent) => size * extent, 1) * bytesPerElement(dtype);
  return { bytes, text: `\n${bytes} bytes: ${dtype}${formatShape(shape)}, ${what}` };
}

provideMemoryReport(() => {
  const uses = [...variablesInUse()].map((variable) => useOf(variable, `the variable '${variable.path}'`));
  for (const { tensor, stack } of origins) {
    const alive = tensor.deref();
    if (alive && alive.handle !== 0) uses.push(useOf(alive, `made\n${stack}`));
  }
  uses.sort((a, b) => b.bytes - a.bytes);
  const largest = uses.slice(0, SHOWN).map(({ text }) => text);
  if (!debugging) largest.push('\nSet IBEX_DEBUG=1 to see where the largest tensors were made.');
  return largest.join('');
});
