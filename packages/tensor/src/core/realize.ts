import {
  atDevice,
  defaultDevice,
  deviceNumber,
  hasSeveralDevices,
  type OpenDevice,
  placedDevice,
} from './device.js';
import { encodeGraph } from './encode.js';
import { toJsNumber } from './host.js';
import { LruMap } from './lru.js';
import type { Node } from './node.js';
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
    for (const root of roots) root.node!.trace?.checkReachable(null);
    if (hasSeveralDevices() || placedDevice() !== null) computeByDevice([...roots]);
    else compute([...roots]);
    forgetComputed();
  }
  for (const { variable } of assignments) variable.settle();
}

/** As one program on the current device. */
function compute(roots: readonly Tensor[]): void {
  const { bytes, captured, kept } = encodeGraph(roots, { feeds: 0, isConstant: isCommon });
  const list = [...roots, ...kept];
  const key = `${deviceNumber()} ${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')}`;
  let program = programs.get(key);
  if (!program) {
    program = new Program('lazy', bytes, list);
    programs.set(key, program);
  }
  const feeds = program.feedHandles(captured);
  const outputs = isEager() ? program.runNow(feeds) : program.runInto(feeds);
  list.forEach((root, i) => root.adopt(outputs[i]!));
}

/** Each call where it was placed: what others need from another device is computed first. */
function computeByDevice(roots: readonly Tensor[]): void {
  const deviceOf = ({ device }: Node): OpenDevice => device ?? defaultDevice();
  const needed: Tensor[] = [];
  const seen = new Set<Node>();
  const visit = (node: Node): void => {
    if (seen.has(node)) return;
    seen.add(node);
    for (const input of node.inputs) {
      if (input.node === null) continue;
      visit(input.node);
      if (deviceOf(input.node).number !== deviceOf(node).number) needed.push(input);
    }
  };
  for (const root of roots) visit(root.node!);
  const computeAt = (device: OpenDevice, some: readonly Tensor[]): void =>
    atDevice(device, () => compute(some));
  for (const tensor of needed) if (tensor.node !== null) computeAt(deviceOf(tensor.node), [tensor]);
  const groups = new Map<number, Tensor[]>();
  for (const root of roots) {
    if (root.node === null) continue;
    const { number } = deviceOf(root.node);
    groups.set(number, [...(groups.get(number) ?? []), root]);
  }
  for (const group of groups.values()) computeAt(deviceOf(group[0]!.node!), group);
}

provideRealize(realize);
