// The backward passes of the recurrent primitives, step by step in element-wise ops and matrix products. They are what
// the fused gradients compute, in a form that can be differentiated again.
import type { Ops } from '../../core/registry.js';
import type { Tensor } from '../../core/tensor.js';
import type { RnnAttrs } from './attrs.js';
import { extent } from './rules.js';

/** The state before each step, `[N, T, H]`, from the states after each and the initial one. */
export function previousStates(states: Tensor, initial: Tensor, reverse: boolean, ops: Ops): Tensor {
  const [batch, steps, units] = [extent(states.shape, 0), extent(states.shape, 1), extent(states.shape, 2)];
  if (steps === 0) return states;
  const first = initial.reshape([batch, 1, units]);
  return reverse
    ? ops.concatAlong([ops.sliceGeneral(states, [0, 1, 0], states.shape), first], 1)
    : ops.concatAlong([first, ops.sliceGeneral(states, [0, 0, 0], [batch, steps - 1, units])], 1);
}

/** `t[:, step]` without the step axis. */
function at(t: Tensor, step: number, ops: Ops): Tensor {
  const [batch, width] = [extent(t.shape, 0), extent(t.shape, 2)];
  return ops.sliceGeneral(t, [0, step, 0], [batch, step + 1, width]).reshape([batch, width]);
}

/** `t[N, count·H]` in `count` pieces of `[N, H]`. */
function pieces(t: Tensor, count: number, ops: Ops): Tensor[] {
  const [batch, width] = [extent(t.shape, 0), extent(t.shape, 1) / count];
  return Array.from({ length: count }, (_, i) =>
    ops.sliceGeneral(t, [0, i * width], [batch, (i + 1) * width]),
  );
}

function maskAt(mask: Tensor | undefined, step: number, ops: Ops): Tensor | undefined {
  if (mask === undefined) return undefined;
  return ops.sliceGeneral(mask, [0, step], [extent(mask.shape, 0), step + 1]);
}

function stackSteps(steps: readonly Tensor[], like: Tensor, width: number, ops: Ops): Tensor {
  const batch = extent(like.shape, 0);
  if (steps.length === 0) return ops.zeros([batch, 0, width], { dtype: like.dtype });
  return ops.concatAlong(
    steps.map((t) => t.reshape([batch, 1, width])),
    1,
  );
}

/** The steps in the order in which the forward pass walked them, last first. */
function backwards(count: number, reverse: boolean): number[] {
  const order = Array.from({ length: count }, (_, t) => t);
  return reverse ? order : order.reverse();
}

/** `σ' = s(1 - s)`, from the value after activation. */
function sigmoidSlope(s: Tensor): Tensor {
  return s.mul(s.neg().add(1));
}

function tanhSlope(t: Tensor, ops: Ops): Tensor {
  return ops.square(t).neg().add(1);
}

export interface LstmBackward {
  readonly dhs: Tensor;
  readonly dcs: Tensor;
  readonly dGates?: Tensor | undefined;
  readonly kernel: Tensor;
  readonly h0: Tensor;
  readonly c0: Tensor;
  readonly hs: Tensor;
  readonly cs: Tensor;
  readonly gates: Tensor;
  readonly mask?: Tensor | undefined;
}

/** Gradients at the gates' pre-activations `[N, T, 4H]`, and of the initial states. */
export function lstmBackward(p: LstmBackward, attrs: RnnAttrs, ops: Ops): [Tensor, Tensor, Tensor] {
  const units = extent(p.h0.shape, 1);
  const before = previousStates(p.cs, p.c0, attrs.reverse, ops);
  const slots: Tensor[] = [];
  let dh = ops.zerosLike(p.h0);
  let dc = ops.zerosLike(p.c0);
  for (const t of backwards(extent(p.hs.shape, 1), attrs.reverse)) {
    const [i, f, g, o] = pieces(at(p.gates, t, ops), 4, ops) as [Tensor, Tensor, Tensor, Tensor];
    const tanhC = ops.tanh(at(p.cs, t, ops));
    const dhT = at(p.dhs, t, ops).add(dh);
    const dcT = at(p.dcs, t, ops).add(dc);
    const dcAll = dcT.add(dhT.mul(o).mul(tanhSlope(tanhC, ops)));
    let dGate = ops.concatAlong(
      [dcAll.mul(g), dcAll.mul(at(before, t, ops)), dcAll.mul(i), dhT.mul(tanhC)],
      1,
    );
    if (p.dGates) dGate = dGate.add(at(p.dGates, t, ops));
    const slope = ops.concatAlong([sigmoidSlope(i), sigmoidSlope(f), tanhSlope(g, ops), sigmoidSlope(o)], 1);
    let dz = dGate.mul(slope);
    const mask = maskAt(p.mask, t, ops);
    if (mask) dz = ops.where(mask, dz, 0);
    const dhBefore = ops.matmulGeneral(dz, p.kernel, false, true);
    const dcBefore = dcAll.mul(f);
    dh = mask ? ops.where(mask, dhBefore, dhT) : dhBefore;
    dc = mask ? ops.where(mask, dcBefore, dcT) : dcBefore;
    slots[t] = dz;
  }
  return [stackSteps(slots, p.h0, 4 * units, ops), dh, dc];
}

export interface GruBackward {
  readonly dhs: Tensor;
  readonly dGates?: Tensor | undefined;
  readonly kernel: Tensor;
  readonly h0: Tensor;
  readonly hs: Tensor;
  readonly gates: Tensor;
  readonly mask?: Tensor | undefined;
}

/** Gradients at `x·W + b` and at `h·U + rb` (both `[N, T, 3H]`), of the initial state and of the recurrent bias. */
export function gruBackward(p: GruBackward, attrs: RnnAttrs, ops: Ops): [Tensor, Tensor, Tensor, Tensor] {
  const units = extent(p.h0.shape, 1);
  const before = previousStates(p.hs, p.h0, attrs.reverse, ops);
  const inputSlots: Tensor[] = [];
  const recurrentSlots: Tensor[] = [];
  let dh = ops.zerosLike(p.h0);
  for (const t of backwards(extent(p.hs.shape, 1), attrs.reverse)) {
    const [z, r, candidate, recurrent] = pieces(at(p.gates, t, ops), 4, ops) as [
      Tensor,
      Tensor,
      Tensor,
      Tensor,
    ];
    const given = p.dGates ? pieces(at(p.dGates, t, ops), 4, ops) : [];
    const plus = (x: Tensor, extra: Tensor | undefined): Tensor => (extra ? x.add(extra) : x);
    const dhT = at(p.dhs, t, ops).add(dh);
    const dZ = plus(dhT.mul(at(before, t, ops).sub(candidate)), given[0]);
    const dCandidate = plus(dhT.mul(z.neg().add(1)), given[2]);
    const dInner = dCandidate.mul(tanhSlope(candidate, ops));
    const dR = plus(dInner.mul(recurrent), given[1]);
    const dRecurrent = plus(dInner.mul(r), given[3]);
    const shared = [dZ.mul(sigmoidSlope(z)), dR.mul(sigmoidSlope(r))];
    let dInput = ops.concatAlong([...shared, dInner], 1);
    let dAll = ops.concatAlong([...shared, dRecurrent], 1);
    const mask = maskAt(p.mask, t, ops);
    if (mask) {
      dInput = ops.where(mask, dInput, 0);
      dAll = ops.where(mask, dAll, 0);
    }
    const dhBefore = dhT.mul(z).add(ops.matmulGeneral(dAll, p.kernel, false, true));
    dh = mask ? ops.where(mask, dhBefore, dhT) : dhBefore;
    inputSlots[t] = dInput;
    recurrentSlots[t] = dAll;
  }
  const dRecurrentInput = stackSteps(recurrentSlots, p.h0, 3 * units, ops);
  return [
    stackSteps(inputSlots, p.h0, 3 * units, ops),
    dRecurrentInput,
    dh,
    ops.reduceSum(dRecurrentInput, [0, 1], false),
  ];
}
