import { formatShape, ShapeError, type SymbolicShape, ValueError } from '@ibex/tensor';

/** What an equation says of the shapes of an `EinsumDense` layer. */
export interface EquationShapes {
  readonly kernel: (number | null)[];
  readonly bias: (number | null)[] | null;
  readonly output: (number | null)[];
  /** The kernel's axes that are summed over, and those that stay. */
  readonly inputAxes: number[];
  readonly outputAxes: number[];
}

interface Terms {
  readonly input: string;
  readonly kernel: string;
  readonly output: string;
  /** Where axes are left out: before the letters, or after them (or nowhere). */
  readonly elided: 'before' | 'after';
}

const FORMS: readonly (readonly [RegExp, Terms['elided']])[] = [
  [/^([a-zA-Z]+),([a-zA-Z]+)->([a-zA-Z]+)$/, 'after'],
  [/^\.\.\.([a-zA-Z]+),([a-zA-Z]+)->\.\.\.([a-zA-Z]+)$/, 'before'],
  [/^([a-zA-Z]{2,})\.\.\.,([a-zA-Z]+)->([a-zA-Z]+)\.\.\.$/, 'after'],
];

function parse(equation: string): Terms {
  for (const [form, elided] of FORMS) {
    const [, input, kernel, output] = form.exec(equation) ?? [];
    if (input && kernel && output) return { input, kernel, output, elided };
  }
  throw new ValueError(
    `The equation '${equation}' is none of the forms 'ab,bc->ac', '...ab,bc->...ac' and 'ab...,bc->ac...'.`,
  );
}

/**
 * The shapes of kernel, bias and output for an input's shape and the (partial) shape of the output without its batch.
 * Throws `ValueError` for an equation that makes no sense, and `ShapeError` where shapes do not fit it.
 */
export function analyzeEquation(
  equation: string,
  biasAxes: string | null,
  inputShape: SymbolicShape,
  partialOutput: SymbolicShape,
): EquationShapes {
  const { input, kernel, output, elided } = parse(equation);
  const extra = inputShape.length - input.length;
  if (extra < 0) {
    throw new ShapeError(
      `The equation '${equation}' needs an input of rank ${input.length}, got ${formatShape(inputShape)}.`,
    );
  }
  const before = elided === 'before';
  const full: (number | null)[] = [inputShape[0] ?? null, ...partialOutput];
  if (before) full.splice(1, 0, ...inputShape.slice(1, Math.max(extra, 1)));
  else full.push(...inputShape.slice(inputShape.length - extra));

  const offset = before ? extra : 0;
  const inputExtent = (letter: string): number | null => inputShape[input.indexOf(letter) + offset] ?? null;
  const outputExtent = (letter: string): number | null => full[output.indexOf(letter) + offset] ?? null;

  for (const letter of input) {
    if (!output.includes(letter)) continue;
    const [given, wanted] = [inputExtent(letter), outputExtent(letter)];
    if (wanted !== null && wanted !== given) {
      throw new ShapeError(
        `In '${equation}', the input and the output share axis '${letter}', but have extents ${given} and ${wanted} there.`,
      );
    }
  }
  for (const letter of output) {
    if (!input.includes(letter) && !kernel.includes(letter)) {
      throw new ValueError(
        `In '${equation}', the output's axis '${letter}' is neither the input's nor the kernel's.`,
      );
    }
  }

  const inputAxes: number[] = [];
  const outputAxes: number[] = [];
  const kernelShape = [...kernel].map((letter, i) => {
    if (output.includes(letter)) {
      outputAxes.push(i);
      return outputExtent(letter);
    }
    if (!input.includes(letter)) {
      throw new ValueError(
        `In '${equation}', the kernel's axis '${letter}' is neither the input's nor the output's.`,
      );
    }
    inputAxes.push(i);
    return inputExtent(letter);
  });
  const bias =
    biasAxes === null ? null : biasShape(equation, biasAxes, output, outputExtent, before ? 0 : extra);
  return { kernel: kernelShape, bias, output: full, inputAxes, outputAxes };
}

/** From the first axis of the bias on: its extents, and 1 for axes that it lacks. */
function biasShape(
  equation: string,
  biasAxes: string,
  output: string,
  extent: (letter: string) => number | null,
  trailing: number,
): (number | null)[] {
  const missing = [...biasAxes].find((letter) => !output.includes(letter));
  if (missing !== undefined) {
    throw new ValueError(`The bias is to have axis '${missing}', which the output of '${equation}' lacks.`);
  }
  const first = Math.min(...[...biasAxes].map((letter) => output.indexOf(letter)));
  const own = [...output.slice(first)].map((letter) => (biasAxes.includes(letter) ? extent(letter) : 1));
  return [...own, ...new Array<number>(trailing).fill(1)];
}
