// Python's `x[key]` in Keras's JSON (`GetItem`), and the steps of `ops.index`.
import { Tensor, ValueError } from '@ibex/tensor';

type Step = number | null | '...' | ':' | readonly (number | null | undefined)[];

const SLICE = '__slice__';
const ELLIPSIS = '__ellipsis__';

interface IndexPart {
  readonly class_name: string;
  readonly config?: Readonly<Record<string, number | null>>;
}

/** Whether JSON is a part of a Python index, which stays as it is in a graph. */
export function isIndexPart(json: Readonly<Record<string, unknown>>): boolean {
  return json['class_name'] === SLICE || json['class_name'] === ELLIPSIS;
}

/** The key of steps; `undefined` where one is a tensor. */
export function keyOfSteps(steps: readonly unknown[]): unknown[] | undefined {
  if (steps.some((step) => step instanceof Tensor)) return undefined;
  return (steps as readonly Step[]).map((step) => {
    if (step === null || typeof step === 'number') return step;
    if (step === '...') return { class_name: ELLIPSIS, config: {} };
    const [start = null, stop = null, by = null] = step === ':' ? [] : step;
    return { class_name: SLICE, config: { start, stop, step: by } };
  });
}

/** The steps of a key. Throws `ValueError` for what `ops.index` can't do. */
export function stepsOfKey(key: unknown): Step[] {
  return (Array.isArray(key) ? key : [key]).map((part: number | null | IndexPart): Step => {
    if (part === null || typeof part === 'number') return part;
    if (part.class_name === ELLIPSIS) return '...';
    if (part.class_name !== SLICE)
      throw new ValueError(`The model's graph indexes with ${JSON.stringify(part)}, which is not known.`);
    const { start = null, stop = null, step = null } = part.config ?? {};
    return [start, stop, step];
  });
}
