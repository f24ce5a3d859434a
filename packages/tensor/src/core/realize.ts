import { deviceNumber } from './device.js';
import { encodeGraph } from './encode.js';
import { toJsNumber } from './host.js';
import { LruMap } from './lru.js';
import { forgetComputed } from './pending.js';
import { Program } from './program.js';
import { isEager } from './state.js';
import { provideRealize, type Tensor } from './tensor.js';
import { pendingAssignments } from './variable.js';

/** Programs of pending calls by their bytes: loops that build the same calls again run the same program. */
const programs = new LruMap<string, Program>(256);

/** Programs are specialised to scalars that simplify calculations; others are fed, so that a changing number needs no new program. */
const COMMON = new Set([0, 0.5, 1, 2, -0.5, -1, -2]);

function isCommon({ host, dtype }: Tensor): boolean {
  return host !== null && host.length === 1 && COMMON.has(Number(toJsNumber(host[0]!, dtype)));
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
    const key = `${deviceNumber()} ${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')}`;
    let program = programs.get(key);
    if (!program) {
      program = new Program('lazy', bytes, list);
      programs.set(key, program);
    }
    const feeds = program.feedHandles(captured);
    const outputs = isEager() ? program.runNow(feeds) : program.runInto(feeds);
    list.forEach((root, i) => root.adopt(outputs[i]!));
    forgetComputed();
  }
  for (const { variable } of assignments) variable.settle();
}

provideRealize(realize);
