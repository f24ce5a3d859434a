import type { Layer } from './layer.js';

/** What holds for the layers that are called while another layer's `call` runs. */
export interface CallContext {
  /** The outermost layer: the one that was not called by another. */
  readonly entry: Layer;
  readonly training: boolean;
  /** Whether only shapes are being found out, so that nothing of the call is to be kept. */
  readonly symbolic: boolean;
}

let current: CallContext | null = null;

export function currentCallContext(): CallContext | null {
  return current;
}

export function withCallContext<T>(context: CallContext, body: () => T): T {
  const before = current;
  current = context;
  try {
    return body();
  } finally {
    current = before;
  }
}
