// The sweeps for a GPU: larger shapes, in each dtype, and the same in small, to be checked anywhere.
import {
  attention,
  bothWays,
  bytesOf,
  type Convolution,
  convolution,
  type KernelSpec,
  matmul,
  recurrent,
} from './specs.js';

/** Of what is computed with; TF32 is float32 whose products may round their operands. */
const DTYPES = { f32: 'float32', tf32: 'float32', bf16: 'bfloat16', f16: 'float16' } as const;
type Precision = keyof typeof DTYPES;

/** Arguments of all repetitions together: enough that no cache holds them. */
const MOST_BYTES = 2 ** 31;
const MOST_REPEATS = 16;

/** The kernels in a dtype, each as often within one program as makes what starting it costs small. */
function inPrecision(precision: Precision, specs: readonly KernelSpec[]): KernelSpec[] {
  const dtype = DTYPES[precision];
  const share = dtype === 'float32' ? 1 : 0.5;
  return specs.map((spec) => {
    const repeats = Math.floor(MOST_BYTES / (share * bytesOf(...spec.shapes)));
    return {
      ...spec,
      dtype,
      repeats: Math.min(MOST_REPEATS, Math.max(1, repeats)),
      ...(spec.bytes === undefined ? {} : { bytes: share * spec.bytes }),
    };
  });
}

function pool(op: string, batch: number, extent: number, channels: number, window: number): KernelSpec[] {
  const after = Math.floor((extent - window) / 2) + 1;
  const shapes = [[batch, extent, extent, channels]];
  return bothWays(op, shapes, [batch, after, after, channels], { window, strides: 2 });
}

/** What the families have: `of` makes an extent smaller where all is to be small, `picture` the extents of pictures. */
function families(
  of: (extent: number) => number,
  picture: (extent: number) => number,
): Readonly<Record<string, readonly [precisions: readonly Precision[], specs: readonly KernelSpec[]]>> {
  const conv = (
    name: string,
    [batch, extent, inputs, outputs, window]: readonly [number, number, number, number, number],
    more: Partial<Convolution> = {},
  ): KernelSpec[] =>
    convolution(name, {
      batch: of(batch),
      extent: picture(extent),
      inputs: inputs > 3 ? of(inputs) : inputs,
      outputs: of(outputs),
      window,
      ...more,
    });
  const same = { padding: 'same' } as const;
  const large = [of(8192), of(4096)];
  const tokens = of(16_384);
  const table = [of(50_000), of(768)];
  const found = [of(32), of(512), of(768)];
  const pictures = [of(64), picture(56), picture(56), of(256)];
  const copy = { name: 'copy', op: 'copy', shapes: [large], bytes: 2 * bytesOf(large) };
  const rows = (op: string, width: number): KernelSpec[] => {
    const shape = [tokens, of(width)];
    return bothWays(op, op === 'softmax' ? [shape] : [shape, [of(width)], [of(width)]], shape);
  };
  return {
    matmul: [
      ['f32', 'tf32', 'bf16', 'f16'],
      [
        matmul(of(1024), of(1024), of(1024)),
        matmul(of(2048), of(2048), of(2048)),
        matmul(of(4096), of(4096), of(4096)),
        matmul(of(8192), of(8192), of(8192)),
        matmul(of(128), of(784), of(256)),
        matmul(of(512), of(4096), of(4096)),
        matmul(tokens, of(768), of(768)),
        matmul(tokens, of(768), of(3072)),
        matmul(tokens, of(3072), of(768)),
        matmul(tokens, of(768), of(8000)),
        matmul(of(768), tokens, of(3072), 'matmul-transposed'),
        matmul(of(3072), tokens, of(768), 'matmul-transposed'),
      ],
    ],
    convolution: [
      ['f32', 'tf32', 'bf16', 'f16'],
      [
        conv('resnet 7x7/2', [64, 230, 3, 64, 7], { strides: 2 }),
        conv('resnet 56 1x1', [64, 56, 64, 256, 1]),
        conv('resnet 56 1x1 back', [64, 56, 256, 64, 1]),
        conv('resnet 56 3x3', [64, 56, 64, 64, 3], same),
        conv('resnet 28 3x3', [64, 28, 128, 128, 3], same),
        conv('resnet 14 3x3', [64, 14, 256, 256, 3], same),
        conv('resnet 7 3x3', [64, 7, 512, 512, 3], same),
        conv('resnet 28 1x1/2', [64, 28, 512, 1024, 1], { strides: 2 }),
        conv('mobilenet 112 depthwise', [64, 112, 32, 32, 3], { ...same, depthwise: true }),
        conv('mnist second', [128, 13, 32, 64, 3]),
      ].flat(),
    ],
    elementwise: [
      ['f32', 'bf16'],
      [
        copy,
        { name: 'triad a+s*b', op: 'triad', shapes: [large, large], bytes: bytesOf(large, large, large) },
        {
          name: 'gelu(x*a+b)+r',
          op: 'chain',
          shapes: [large, large, large],
          bytes: 4 * bytesOf(large),
        },
        { name: 'sum of rows', op: 'sum-rows', shapes: [large], bytes: bytesOf(large) },
        { name: 'sum of columns', op: 'sum-columns', shapes: [large], bytes: bytesOf(large) },
        { name: 'sum of all', op: 'sum-all', shapes: [large], bytes: bytesOf(large) },
      ],
    ],
    // Weights are float32 whatever is computed in.
    adam: [['f32'], [copy, { name: 'adam', op: 'adam', shapes: [large, large], bytes: 7 * bytesOf(large) }]],
    normalization: [
      ['f32', 'bf16'],
      [
        copy,
        ...rows('softmax', 512),
        ...rows('softmax', 8000),
        ...rows('layer-norm', 768),
        ...bothWays('batch-norm', [pictures, [of(256)], [of(256)]], pictures),
      ],
    ],
    pooling: [
      ['f32', 'bf16'],
      [
        copy,
        ...pool('max-pool', of(64), picture(113), of(64), 3),
        ...pool('max-pool', of(128), picture(26), of(32), 2),
        ...pool('average-pool', of(64), picture(56), of(256), 2),
      ],
    ],
    embedding: [
      ['f32'],
      [
        copy,
        { name: 'gather', op: 'gather', shapes: [table, found.slice(0, 2)], bytes: 2 * bytesOf(found) },
        {
          name: 'gradient of gather',
          op: 'gather-grad',
          shapes: [table, found.slice(0, 2), found],
          bytes: bytesOf(found, table),
        },
      ],
    ],
    attention: [
      ['f32', 'bf16', 'f16'],
      [
        ...attention(of(32), of(512), of(12), of(64)),
        ...attention(of(8), of(2048), of(12), of(64)),
        ...attention(of(16), of(128), of(8), of(32)),
      ],
    ],
    recurrent: [
      ['f32', 'bf16'],
      [
        ...recurrent('lstm', 4, of(32), of(200), of(128), of(64)),
        ...recurrent('lstm', 4, of(128), of(200), of(128), of(64)),
        ...recurrent('lstm', 4, of(64), of(100), of(512), of(512)),
        ...recurrent('gru', 3, of(64), of(100), of(512), of(512)),
      ],
    ],
  };
}

function sweepsOf(
  prefix: string,
  ...sizes: Parameters<typeof families>
): Readonly<Record<string, readonly KernelSpec[]>> {
  return Object.fromEntries(
    Object.entries(families(...sizes)).flatMap(([family, [precisions, specs]]) =>
      precisions.map((precision) => [`${prefix}-${family}-${precision}`, inPrecision(precision, specs)]),
    ),
  );
}

/** By name: `gpu-matmul-bf16`. */
export const gpuSweeps = sweepsOf(
  'gpu',
  (extent) => extent,
  (extent) => extent,
);

/** The same kernels on little data: `tiny-matmul-bf16`. */
export const tinySweeps = sweepsOf(
  'tiny',
  (extent) => Math.max(2, 4 * Math.round(extent / 256)),
  (extent) => 8 + (extent % 2),
);

/** Whether the products of a sweep may round float32 operands; undefined where the user chooses. */
export function roundsOperands(sweep: string): boolean | undefined {
  return sweep in gpuSweeps || sweep in tinySweeps ? sweep.endsWith('-tf32') : undefined;
}
