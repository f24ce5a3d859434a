import { isTensorLike, toTensor } from './apply.js';
import { floatx } from './config.js';
import { deviceNumber } from './device.js';
import { encodeGraph } from './encode.js';
import { TraceError, ValueError } from './errors.js';
import { LruMap } from './lru.js';
import { numericsBits } from './numerics.js';
import { Program } from './program.js';
import { isRecording, withoutRecording } from './recording.js';
import { currentTrace, isEager, withTrace } from './state.js';
import { Tensor, type TensorLike } from './tensor.js';
import { Trace } from './trace.js';
import { flattenTree, mapTree } from './tree.js';
import { Variable } from './variable.js';

export interface CompileOptions {
  /** Shown in errors and dumps. Default: the function's name. */
  readonly name?: string;
  /** How many programs, for different arguments, are kept. Default 16. */
  readonly cacheSize?: number;
}

/** A function that runs as one program. */
export interface Compiled<A extends readonly unknown[], R> {
  (...args: A): R;
  /** Calls it, and ends when the program has ended: a loop that awaits this never runs far ahead of the device. */
  runAsync(...args: A): Promise<R>;
  /** The program for these arguments with their tensors bound, for loops that call it again and again. */
  prepare(...args: A): PreparedCall;
  /** How many programs were made. */
  readonly traceCount: number;
  /** Why the last call had to be traced: which argument changed, and how. */
  readonly retraceReason: string | undefined;
}

/** A program bound to its arguments: a run is one native call, and makes nothing when the function returns no tensors. */
export interface PreparedCall {
  /**
   * Enqueues a run; where the function returns no tensors, as many as `times` says (default 1), one after another until
   * one fails. Throws `IbexError` for other numbers.
   */
  run(times?: number): Tensor[];
  /** The same; `done` ends with the last run. */
  runAsync(times?: number): { outputs: Tensor[]; done: Promise<void> };
}

interface Entry {
  readonly program: Program;
  readonly result: unknown;
}

/**
 * Makes a function of tensors into a program: it is called once for each kind of arguments to see what it computes, and
 * from then on the program runs. Arguments are nests of tensors, typed arrays and variables, which the program is fed, and
 * of other values, for each of which there is a program of its own. Variables that the function reads or assigns become
 * the program's state, which is updated in place.
 * Throws `TraceError` where the function reads values of tensors.
 */
export function compile<A extends readonly unknown[], R>(
  fn: (...args: A) => R,
  options: CompileOptions = {},
): Compiled<A, R> {
  const name = options.name ?? (fn.name || 'compiled');
  const entries = new LruMap<string, Entry>(options.cacheSize ?? 16);
  let traceCount = 0;
  let lastSignature: readonly string[] | undefined;
  let retraceReason: string | undefined;

  const lookUp = (args: A): { entry: Entry; tensors: Tensor[] } => {
    const { signature, tensors } = describe(args);
    const key = `${floatx()}|${deviceNumber()}|${numericsBits()}|${signature.join('|')}`;
    let entry = entries.get(key);
    if (!entry) {
      retraceReason = lastSignature && explain(lastSignature, signature);
      entry = trace(name, fn, args);
      entries.set(key, entry);
      traceCount++;
    }
    lastSignature = signature;
    return { entry, tensors };
  };
  const prepare = (args: A): { entry: Entry; handles: Int32Array } => {
    const { entry, tensors } = lookUp(args);
    const handles = entry.program.feedHandles(tensors);
    entry.program.settleVariables();
    return { entry, handles };
  };

  const compiled = (...args: A): R => {
    if (runsInline()) return fn(...args);
    const { entry, handles } = prepare(args);
    return restore(entry, entry.program.run(handles)) as R;
  };
  return Object.defineProperties(compiled, {
    runAsync: {
      value: async (...args: A): Promise<R> => {
        if (runsInline()) return fn(...args);
        const { entry, handles } = prepare(args);
        const { outputs, done } = entry.program.runAsync(handles);
        await done;
        return restore(entry, outputs) as R;
      },
    },
    prepare: {
      value: (...args: A): PreparedCall => {
        const { entry, tensors: given } = lookUp(args);
        const { program } = entry;
        const tensors = program.place(given);
        const handles = program.feedHandles(tensors);
        const call = {
          tensors, // the handles are those of these tensors, which must not be collected before
          run(times?: number) {
            program.settleVariables();
            return program.run(handles, times);
          },
          runAsync(times?: number) {
            program.settleVariables();
            return program.runAsync(handles, times);
          },
        };
        return call;
      },
    },
    traceCount: { get: () => traceCount },
    retraceReason: { get: () => retraceReason },
    name: { value: name },
  }) as Compiled<A, R>;
}

function isDynamic(leaf: unknown): leaf is TensorLike {
  return (
    leaf instanceof Tensor || leaf instanceof Variable || (ArrayBuffer.isView(leaf) && isTensorLike(leaf))
  );
}

/** What the choice of a program depends on, leaf by leaf, and the tensors that it is fed. */
function describe(args: readonly unknown[]): { signature: string[]; tensors: Tensor[] } {
  const signature: string[] = [];
  const tensors: Tensor[] = [];
  mapTree(args, (leaf, path) => {
    if (isDynamic(leaf)) {
      const tensor = toTensor(leaf);
      tensor.node?.trace?.checkReachable(null);
      tensors.push(tensor);
      signature.push(`${path}: ${tensor.dtype}[${tensor.shape.join(',')}]`);
    } else {
      signature.push(`${path}: ${describeStatic(leaf, path)}`);
    }
    return null;
  });
  return { signature, tensors };
}

const objectNumbers = new WeakMap<object, number>();
let objectCount = 0;

/** Other values are told apart exactly: primitives by value, objects and functions by identity. */
function describeStatic(leaf: unknown, path: string): string {
  switch (typeof leaf) {
    case 'string':
      return JSON.stringify(leaf);
    case 'number':
      return Object.is(leaf, -0) ? '-0' : String(leaf);
    case 'bigint':
      return `${leaf}n`;
    case 'boolean':
    case 'undefined':
      return String(leaf);
    case 'object':
    case 'function': {
      if (leaf === null) return 'null';
      let number = objectNumbers.get(leaf);
      if (number === undefined) objectNumbers.set(leaf, (number = ++objectCount));
      return `object ${number}`;
    }
    default:
      throw new ValueError(`A compiled function can't take a ${typeof leaf} (argument ${path}).`);
  }
}

function explain(before: readonly string[], now: readonly string[]): string {
  const at = now.findIndex((entry, i) => entry !== before[i]);
  if (at < 0) return `the number of arguments fell from ${before.length} to ${now.length}`;
  return `argument ${now[at]} was ${before[at] === undefined ? 'not there' : before[at].replace(/^[^:]*: /, '')} before`;
}

function trace<A extends readonly unknown[], R>(name: string, fn: (...args: A) => R, args: A): Entry {
  const trace = new Trace(name);
  const parameters = mapTree(args, (leaf) =>
    isDynamic(leaf) ? trace.feed(toTensor(leaf)) : leaf,
  ) as unknown as A;
  try {
    const result = withoutRecording(() => withTrace(trace, () => fn(...parameters)));
    if (result instanceof Promise) {
      result.catch(() => undefined);
      throw new TraceError(
        `'${name}' is asynchronous: a compiled function computes with operations and returns at once.`,
      );
    }
    const structure = mapTree(result, (leaf) =>
      leaf instanceof Variable ? withTrace(trace, () => leaf.value) : leaf,
    );
    const roots = flattenTree(structure).filter((leaf): leaf is Tensor => leaf instanceof Tensor);
    const updates = trace.updates;
    const { bytes, captured } = encodeGraph(roots, {
      feeds: trace.feeds.length,
      updates,
      trace,
      isConstant: (tensor) => tensor.host !== null,
    });
    const types = roots.map(({ shape, dtype }) => ({ shape, dtype }));
    const program = new Program(name, bytes, types, captured, trace.variables);
    // The entry must not hold on to the traced graph: only where tensors stand in the result.
    return { program, result: mapTree(structure, (leaf) => (leaf instanceof Tensor ? PLACE : leaf)) };
  } finally {
    trace.open = false;
  }
}

/** Stands for a tensor in a remembered result. */
const PLACE = Symbol('tensor');

function restore({ result }: Entry, outputs: readonly Tensor[]): unknown {
  let next = 0;
  return mapTree(result, (leaf) => (leaf === PLACE ? outputs[next++] : leaf));
}

/** Within another trace, under a tape, and in eager mode the function is simply called. */
function runsInline(): boolean {
  return currentTrace() !== null || isRecording() || isEager();
}
