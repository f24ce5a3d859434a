import { type Addon, loadAddon } from '@ibex/native';
import { fromNativeError, StaleAddonError } from './errors.js';
import { opTableHash } from './registry.js';

// The one place that talks to the native core.

let loaded: Addon | undefined;

/** The addon, loaded on first use. Throws where it is missing, foreign, or built from other op definitions. */
export function addon(): Addon {
  if (loaded) return loaded;
  const candidate = loadAddon();
  const expected = opTableHash();
  if (candidate.opTableHash !== expected) {
    throw new StaleAddonError(
      `The native addon was built from other op definitions (${candidate.opTableHash}) than these (${expected}): build it again (npm run build).`,
    );
  }
  loaded = candidate;
  return loaded;
}

/** Calls into the addon, with its errors turned into ours. */
export function native<T>(call: (addon: Addon) => T): T {
  try {
    return call(addon());
  } catch (error) {
    throw fromNativeError(error);
  }
}

export async function nativeAsync<T>(call: (addon: Addon) => Promise<T>): Promise<T> {
  try {
    return await call(addon());
  } catch (error) {
    throw fromNativeError(error);
  }
}

export function readBuffer(handle: number, into: ArrayBufferView): Promise<void> {
  return into.byteLength === 0 ? Promise.resolve() : nativeAsync((core) => core.bufferRead(handle, into));
}

export function readBufferSync(handle: number, into: ArrayBufferView): void {
  if (into.byteLength > 0) native((core) => core.bufferReadSync(handle, into));
}

/** Buffers whose tensors were collected give their memory back. */
const collected = new FinalizationRegistry<number>((handle) => loaded?.bufferRelease(handle));

type Owner = { readonly handle: number };
/** The open `scope` calls, innermost last: each gathers the tensors that came to hold a buffer in it. */
const scopes: Set<Owner>[] = [];

/** The buffer is released when its owner is collected, and known to the innermost scope unless `scoped` is false. */
export function trackHandle(owner: Owner, handle: number, scoped = true): void {
  collected.register(owner, handle, owner);
  if (scoped) scopes[scopes.length - 1]?.add(owner);
}

export function untrackHandle(owner: Owner, handle: number): void {
  collected.unregister(owner);
  for (const scope of scopes) scope.delete(owner);
  native((core) => core.bufferRelease(handle));
}

export function pushScope(): void {
  scopes.push(new Set());
}

/** Ends the innermost scope; returns what came to hold a buffer in it. */
export function popScope(): ReadonlySet<Owner> {
  return scopes.pop() ?? new Set();
}

/** Hands a tracked buffer on to the enclosing scope, where there is one. */
export function keepInOuterScope(owner: Owner): void {
  scopes[scopes.length - 1]?.add(owner);
}
