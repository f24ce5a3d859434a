import { bytesPerElement } from './dtype.js';
import { realizeAll, type Tensor } from './tensor.js';

// How much may wait to be computed: pending calls keep what they are to be computed from.

/** Longer chains of pending calls are computed. */
const DEPTH_LIMIT = 256;
/** What waits is computed when its operands hold more bytes than this, */
const BYTE_LIMIT = 2 ** 30;
/** as far as single calls hold more than this. */
const HEAVY = 2 ** 20;
/** How many results are computed as one program then: loops make programs that are alike. */
const CHUNK = 32;

/** The last heavy result, which the next call mostly takes as an operand, */
let last: Tensor | null = null;
/** and those that no call has taken so far. They may be collected. */
let unused: WeakRef<Tensor>[] = [];
let bytes = 0;

/** Called for every call outside of traces, with its operands and first result. */
export function notePending(inputs: readonly Tensor[], result: Tensor): void {
  const node = result.node!;
  let held = 0;
  for (let i = 0; i < inputs.length; i++) {
    const input = inputs[i]!;
    if (input.handle !== 0) held += input.size * bytesPerElement(input.dtype);
    else if (input.node?.isHeavy) node.isHeavy = true;
  }
  if (held > HEAVY) {
    bytes += held;
    node.isHeavy = true;
  }
  if (node.isHeavy) {
    if (last !== null && isWaiting(last)) unused.push(new WeakRef(last));
    last = result;
  }
  if (node.depth > DEPTH_LIMIT) realizeAll([result]);
  else if (bytes > BYTE_LIMIT) computeUnused();
}

function computeUnused(): void {
  const waiting = [...unused.map((reference) => reference.deref()), last].filter(
    (tensor): tensor is Tensor => tensor != null && isWaiting(tensor),
  );
  forgetPending();
  for (let i = 0; i < waiting.length; i += CHUNK) realizeAll(waiting.slice(i, i + CHUNK));
}

/** Called when programs were started: what they computed is no longer counted. */
export function forgetComputed(): void {
  if (last !== null && !isWaiting(last)) last = null;
  unused = unused.filter((reference) => {
    const tensor = reference.deref();
    return tensor !== undefined && isWaiting(tensor);
  });
  if (last === null && unused.length === 0) bytes = 0;
}

function forgetPending(): void {
  last = null;
  unused = [];
  bytes = 0;
}

/** Whether the tensor waits to be computed, and not for another that is computed from it. */
function isWaiting({ node }: Tensor): boolean {
  return node !== null && !node.isUsed && node.computed === 0;
}
