import { type IndexFault, splitSubject } from './subject.js';

/** What went wrong, for programs: every error of Ibex carries one of these as `code`. */
export type ErrorCode = `IBEX_${string}`;

interface ErrorOptions {
  readonly cause?: unknown;
  readonly scope?: string | undefined;
}

/** The base of all errors of Ibex. `scope` is the path of the layer in which it happened, where there is one. */
export class IbexError extends Error {
  readonly code: ErrorCode;
  readonly scope: string | undefined;

  constructor(code: ErrorCode, message: string, options: ErrorOptions = {}) {
    const where = options.scope ? ` (in ${options.scope})` : '';
    super(`${message}${where}`, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.code = code;
    this.scope = options.scope;
  }
}

/** The scope of the call that is under way, so that errors say in which layer they arose. Set by scope.ts. */
let scopeOfCall: () => string = () => '';

export function provideScope(current: () => string): void {
  scopeOfCall = current;
}

abstract class ScopedError extends IbexError {
  constructor(code: ErrorCode, message: string, options: ErrorOptions = {}) {
    super(code, message, { scope: scopeOfCall() || undefined, ...options });
  }
}

/** Shapes, ranks or axes that do not fit. */
export class ShapeError extends ScopedError {
  constructor(message: string) {
    super('IBEX_SHAPE', message);
  }
}

/** A dtype that does not fit. */
export class DTypeError extends ScopedError {
  constructor(message: string) {
    super('IBEX_DTYPE', message);
  }
}

/** An argument whose value is not allowed. */
export class ValueError extends ScopedError {
  constructor(message: string) {
    super('IBEX_VALUE', message);
  }
}

/** An index that is out of range: seen at the call, or while a program ran, of which `fault` tells. */
export class IndexError extends ScopedError {
  readonly fault: IndexFault | undefined;

  constructor(
    message: string,
    { fault, ...options }: ErrorOptions & { fault?: IndexFault | undefined } = {},
  ) {
    super('IBEX_INDEX_OUT_OF_RANGE', message, options);
    this.fault = fault;
  }
}

/** A layer or model that was used before its weights exist. */
export class NotBuiltError extends ScopedError {
  constructor(message: string) {
    super('IBEX_NOT_BUILT', message);
  }
}

/** A value was asked for while a function is being traced, or a tensor of a trace was used outside of it. */
export class TraceError extends ScopedError {
  constructor(message: string) {
    super('IBEX_TRACE', message);
  }
}

/** A tensor that was disposed of. */
export class DisposedError extends ScopedError {
  constructor(message: string) {
    super('IBEX_DISPOSED', message);
  }
}

/** The device has no memory left for what is to be computed. */
export class OutOfMemoryError extends IbexError {
  constructor(message: string, options: ErrorOptions = {}) {
    super('IBEX_OUT_OF_MEMORY', message, options);
  }
}

/** A device was asked for that can't be used here; the message says what was found, what is missing and what to do. */
export class DeviceUnavailableError extends IbexError {
  constructor(message: string, options: ErrorOptions = {}) {
    super('IBEX_DEVICE_UNAVAILABLE', message, options);
  }
}

/** The addon was built from other op definitions than these. */
export class StaleAddonError extends IbexError {
  constructor(message: string) {
    super('IBEX_STALE_ADDON', message);
  }
}

/** Says which tensors take the most memory, for errors. Set by debug.ts. */
let describeMemory: () => string = () => '';

export function provideMemoryReport(describe: () => string): void {
  describeMemory = describe;
}

/** Turns what the addon throws (an Error with `code` and maybe `scope` and `fault`) into an error of Ibex. */
export function fromNativeError(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof IbexError) return error;
  const { code, scope, fault } = error as Error & { code?: unknown; scope?: unknown; fault?: IndexFault };
  if (typeof code !== 'string' || !code.startsWith('IBEX_')) return error;
  const { path, explain } = splitSubject(typeof scope === 'string' ? scope : '');
  const options = { cause: error, scope: path === '' ? undefined : path };
  if (code === 'IBEX_OUT_OF_MEMORY') return new OutOfMemoryError(error.message + describeMemory(), options);
  if (code === 'IBEX_INDEX_OUT_OF_RANGE') {
    return new IndexError(fault && explain ? explain(fault) : error.message, { ...options, fault });
  }
  return new IbexError(code as ErrorCode, error.message, options);
}
