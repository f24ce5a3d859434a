import { getMask, setMask, Tensor } from '@ibex/tensor';
import { inputLeaves } from './call-arguments.js';

/** Attaches masks to the outputs of a layer that have none yet. */
export function attachMasks(outputs: unknown, masks: unknown): void {
  const leaves = inputLeaves(outputs);
  inputLeaves(masks).forEach((mask, i) => {
    const output = leaves[i];
    if (mask instanceof Tensor && output instanceof Tensor && !getMask(output)) setMask(output, mask);
  });
}

const warned = new Set<string>();

/** Says, once a layer, that a mask ends here. */
export function warnOfLostMask(name: string, className: string): void {
  if (warned.has(name)) return;
  warned.add(name);
  process.emitWarning(
    `Layer '${name}' (of type ${className}) got an input with a mask, but it does not support masking: layers after it will not see the mask.`,
    { code: 'IBEX_MASK_LOST' },
  );
}
