import { bytesPerElement } from './dtype.js';
import { realizeAll, type Tensor } from './tensor.js';

// How much may wait to be computed. Pending calls keep what they are to be computed from, and a program of all of them
// takes its time to be compiled, so they are computed by themselves when there are too many.

/** Longer chains of pending calls are computed. */
const DEPTH_LIMIT = 256;
/** More pending calls than this are computed, */
const CALL_LIMIT = 8192;
/** and pending calls of more bytes of operands. */
const BYTE_LIMIT = 2 ** 30;

let recent: Tensor[] = [];
let bytes = 0;
/** How many calls are noted when they are gone through the next time. */
let nextSweep = 64;

/** Called for every call outside of traces, with its operands and first result. */
export function notePending(inputs: readonly Tensor[], result: Tensor, depth: number): void {
  for (let i = 0; i < inputs.length; i++) {
    const input = inputs[i]!;
    if (input.handle !== 0) bytes += input.size * bytesPerElement(input.dtype);
  }
  recent.push(result);
  if (depth > DEPTH_LIMIT) realizeAll([result]);
  else if (recent.length > CALL_LIMIT || bytes > BYTE_LIMIT) {
    const waiting = recent.filter(isWaiting);
    recent = [];
    bytes = 0;
    realizeAll(waiting);
  }
}

/** Called when programs were started: what they computed is no longer counted. */
export function forgetComputed(): void {
  if (recent.length < nextSweep) return;
  recent = recent.filter(isWaiting);
  nextSweep = 64 + 2 * recent.length;
  if (recent.length === 0) bytes = 0;
}

/** Whether the tensor waits to be computed, and not for another that is computed from it. */
function isWaiting({ node }: Tensor): boolean {
  return node !== null && !node.isUsed && node.computed === 0;
}
