// What the sweeps measure. The PyTorch program is handed the same list.

/** One kernel: an op of kernels/ibex.ts and of peers/torch_kernels.py on arguments of these shapes. */
export interface KernelSpec {
  readonly name: string;
  readonly op: string;
  readonly shapes: readonly (readonly number[])[];
  /** Of the arguments. Default: float32. */
  readonly dtype?: 'float32' | 'bfloat16' | 'float16';
  /** On a GPU a program does the kernel so often, each time on its own arguments. Default: once. */
  readonly repeats?: number;
  readonly padding?: 'same' | 'valid';
  readonly strides?: number;
  /** The window's size. */
  readonly window?: number;
  /** What it has to compute. */
  readonly flops?: number;
  /** What it has to read and write: where memory is the limit. */
  readonly bytes?: number;
}

const size = (shape: readonly number[]): number => shape.reduce((product, extent) => product * extent, 1);

/** Bytes of float32 arrays. */
export const bytesOf = (...shapes: readonly (readonly number[])[]): number =>
  4 * shapes.reduce((sum, shape) => sum + size(shape), 0);

export function matmul(m: number, k: number, n: number, op = 'matmul'): KernelSpec {
  const first = op === 'matmul-transposed' ? [k, m] : [m, k];
  return { name: `${op} ${m}x${k}x${n}`, op, shapes: [first, [k, n]], flops: 2 * m * k * n };
}

export interface Convolution {
  readonly batch: number;
  /** Height and width of the input, padded where the padding is 'valid'. */
  readonly extent: number;
  readonly inputs: number;
  readonly outputs: number;
  readonly window: number;
  readonly strides?: number;
  readonly padding?: 'same' | 'valid';
  readonly depthwise?: boolean;
}

/** A convolution and both of its gradients. */
export function convolution(name: string, given: Convolution): KernelSpec[] {
  const { batch, extent, inputs, outputs, window, strides = 1, padding = 'valid', depthwise = false } = given;
  const after = padding === 'same' ? extent : Math.floor((extent - window) / strides) + 1;
  const x = [batch, extent, extent, inputs];
  const perGroup = depthwise ? 1 : inputs;
  const kernel = [window, window, perGroup, outputs];
  const y = [batch, after, after, outputs];
  return ['forward', 'data', 'weights'].map((direction) => ({
    name: `${name} ${direction}`,
    op: `conv-${direction}`,
    shapes: [x, kernel, y],
    padding,
    strides,
    flops: 2 * size(y) * window * window * perGroup,
  }));
}

/** An op forward, and forward and backward together. The bytes are those of the forward pass. */
export function bothWays(
  name: string,
  shapes: readonly (readonly number[])[],
  output: readonly number[],
  more: Partial<KernelSpec> = {},
): KernelSpec[] {
  const label = `${name} ${shapes[0]!.join('x')}`;
  return [
    { name: `${label} forward`, op: name, shapes, bytes: bytesOf(shapes[0]!, output), ...more },
    { ...more, name: `${label} both ways`, op: `${name}-both-ways`, shapes: [...shapes, output] },
  ];
}

export function recurrent(
  op: string,
  gates: number,
  batch: number,
  steps: number,
  inputs: number,
  units: number,
): KernelSpec[] {
  const shapes = [[batch, steps, inputs], [inputs, gates * units], [units, gates * units], [gates * units]];
  const flops = 2 * batch * steps * gates * units * (inputs + units);
  const [forward, both] = bothWays(`${op}`, shapes, [batch, steps, units]);
  const { bytes: _, ...rest } = forward!;
  const named = (spec: KernelSpec): string => `${spec.name} -> ${units}`;
  return [
    { ...rest, name: named(forward!), flops },
    { ...both!, name: named(both!), flops: 3 * flops },
  ];
}

export function attention(batch: number, length: number, heads: number, width: number): KernelSpec[] {
  const shape = [batch, length, heads, width];
  const flops = 4 * batch * heads * length * length * width;
  const [forward, both] = bothWays('attention', [shape, shape, shape], shape);
  const { bytes: _, ...rest } = forward!;
  return [
    { ...rest, flops },
    { ...both!, flops: 3.5 * flops },
  ];
}

const LARGE = [4096, 4096];
const ROWS = [4096, 1024];
const PICTURES = [32, 28, 28, 64];
const TABLE = [10_000, 128];
const TOKENS = [32, 200];
const FOUND = [32, 200, 128];

/** The sweeps for a CPU, by name: one process measures all kernels of one. */
export const cpuSweeps: Readonly<Record<string, readonly KernelSpec[]>> = {
  matmul: [
    matmul(1024, 1024, 1024),
    matmul(2048, 2048, 2048),
    matmul(32, 784, 256),
    matmul(128, 784, 256),
    matmul(64, 4096, 1024),
    matmul(3136, 64, 576),
    matmul(3136, 576, 64),
    matmul(2048, 256, 1024),
    matmul(2048, 1024, 256),
    matmul(1, 2048, 1000),
    matmul(784, 32, 256, 'matmul-transposed'),
    matmul(256, 2048, 1024, 'matmul-transposed'),
  ],
  convolution: [
    convolution('resnet 7x7/2', { batch: 8, extent: 230, inputs: 3, outputs: 64, window: 7, strides: 2 }),
    convolution('resnet 56 1x1', { batch: 8, extent: 56, inputs: 64, outputs: 256, window: 1 }),
    convolution('resnet 56 3x3', {
      batch: 8,
      extent: 56,
      inputs: 64,
      outputs: 64,
      window: 3,
      padding: 'same',
    }),
    convolution('resnet 28 3x3', {
      batch: 8,
      extent: 28,
      inputs: 128,
      outputs: 128,
      window: 3,
      padding: 'same',
    }),
    convolution('resnet 14 3x3', {
      batch: 8,
      extent: 14,
      inputs: 256,
      outputs: 256,
      window: 3,
      padding: 'same',
    }),
    convolution('resnet 7 3x3', {
      batch: 8,
      extent: 7,
      inputs: 512,
      outputs: 512,
      window: 3,
      padding: 'same',
    }),
    convolution('resnet 28 1x1/2', {
      batch: 8,
      extent: 28,
      inputs: 512,
      outputs: 1024,
      window: 1,
      strides: 2,
    }),
    convolution('mobilenet 56 1x1', { batch: 8, extent: 56, inputs: 128, outputs: 128, window: 1 }),
    convolution('mobilenet 112 depthwise', {
      batch: 8,
      extent: 112,
      inputs: 32,
      outputs: 32,
      window: 3,
      padding: 'same',
      depthwise: true,
    }),
    convolution('mobilenet 56 depthwise/2', {
      batch: 8,
      extent: 57,
      inputs: 128,
      outputs: 128,
      window: 3,
      strides: 2,
      depthwise: true,
    }),
    convolution('mnist first', { batch: 32, extent: 28, inputs: 1, outputs: 32, window: 3 }),
    convolution('mnist second', { batch: 32, extent: 13, inputs: 32, outputs: 64, window: 3 }),
  ].flat(),
  elementwise: [
    { name: 'triad a+s*b', op: 'triad', shapes: [LARGE, LARGE], bytes: bytesOf(LARGE, LARGE, LARGE) },
    {
      name: 'gelu(x*a+b)+r',
      op: 'chain',
      shapes: [LARGE, LARGE, LARGE],
      bytes: bytesOf(LARGE, LARGE, LARGE, LARGE),
    },
    { name: 'sum of rows', op: 'sum-rows', shapes: [LARGE], bytes: bytesOf(LARGE) },
    { name: 'sum of columns', op: 'sum-columns', shapes: [LARGE], bytes: bytesOf(LARGE) },
    { name: 'sum of all', op: 'sum-all', shapes: [LARGE], bytes: bytesOf(LARGE) },
    { name: 'adam', op: 'adam', shapes: [LARGE, LARGE], bytes: 7 * bytesOf(LARGE) },
  ],
  normalization: [
    bothWays('softmax', [ROWS], ROWS),
    bothWays('layer-norm', [ROWS, [1024], [1024]], ROWS),
    bothWays('batch-norm', [PICTURES, [64], [64]], PICTURES),
  ].flat(),
  pooling: [
    bothWays('max-pool', [PICTURES], [32, 14, 14, 64], { window: 2, strides: 2 }),
    bothWays('max-pool', [[8, 113, 113, 64]], [8, 56, 56, 64], { window: 3, strides: 2 }),
    bothWays('average-pool', [PICTURES], [32, 14, 14, 64], { window: 2, strides: 2 }),
  ].flat(),
  recurrent: [
    recurrent('lstm', 4, 32, 200, 128, 64),
    recurrent('lstm', 4, 32, 100, 256, 256),
    recurrent('gru', 3, 32, 200, 128, 64),
  ].flat(),
  embedding: [
    { name: 'gather of 6400 rows', op: 'gather', shapes: [TABLE, TOKENS], bytes: 2 * bytesOf(FOUND) },
    {
      name: 'gradient of gather',
      op: 'gather-grad',
      shapes: [TABLE, TOKENS, FOUND],
      bytes: bytesOf(FOUND, TABLE),
    },
  ],
  attention: [attention(16, 128, 8, 32), attention(2, 1024, 8, 64)].flat(),
};
