import { encodeGraph } from './encode.js';
import { LruMap } from './lru.js';
import { Program } from './program.js';
import { provideRealize, type Tensor } from './tensor.js';
import { pendingAssignments } from './variable.js';

/** Programs of pending calls by their bytes: loops that build the same calls again run the same program. */
const programs = new LruMap<string, Program>(256);

/** Scalars that programs are specialised to; others are fed, so that a changing number needs no new program. */
const COMMON_LIMIT = 16;

function isCommon(tensor: Tensor): boolean {
  const values = tensor.host;
  if (values === null || values.length !== 1) return false;
  if (tensor.dtype === 'float16' || tensor.dtype === 'bfloat16') return true;
  const value = Number(values[0]);
  return Math.abs(value) <= COMMON_LIMIT && Number.isInteger(value * 2);
}

/**
 * Computes pending tensors, and with them the values that wait to be assigned to variables: those mostly share what they
 * are computed from.
 */
function realize(tensors: readonly Tensor[]): void {
  const assignments = pendingAssignments();
  const roots = new Set<Tensor>();
  for (const tensor of tensors) if (tensor.node !== null) roots.add(tensor);
  for (const { value } of assignments) if (value.node !== null) roots.add(value);
  if (roots.size > 0) {
    const list = [...roots];
    for (const root of list) root.node!.trace?.checkReachable(null);
    const { bytes, captured, kept } = encodeGraph(list, { feeds: 0, isConstant: isCommon });
    list.push(...kept);
    const key = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
    let program = programs.get(key);
    if (!program) {
      program = new Program('lazy', bytes, list);
      programs.set(key, program);
    }
    const outputs = program.runInto(program.feedHandles(captured));
    list.forEach((root, i) => root.adopt(outputs[i]!));
  }
  for (const { variable } of assignments) variable.settle();
}

provideRealize(realize);
