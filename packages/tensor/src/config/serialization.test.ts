import { describe, expect, test } from 'vitest';
import { KerasTensor, tensor, ValueError } from '../index.js';
import {
  customObjectScope,
  DTypePolicy,
  deserializeObject,
  registerKerasObjects,
  registerSerializable,
  serializeObject,
  toCamelKey,
  toSnakeKey,
} from './index.js';

class Scale {
  readonly factor: number;
  readonly useBias: boolean;
  readonly inner: unknown;

  constructor({
    factor = 1,
    useBias = false,
    inner = null,
  }: { factor?: number; useBias?: boolean; inner?: unknown } = {}) {
    this.factor = factor;
    this.useBias = useBias;
    this.inner = inner;
  }

  getConfig(): Record<string, unknown> {
    return { factor: this.factor, useBias: this.useBias, inner: this.inner };
  }

  static fromConfig(config: Record<string, unknown>): Scale {
    return new Scale(config);
  }
}

registerKerasObjects('keras.layers', { ScaleForTest: Scale });

test.each([
  ['returnSequences', 'return_sequences'],
  ['beta1', 'beta_1'],
  ['l2', 'l2'],
  ['l2RegularizationStrength', 'l2_regularization_strength'],
  ['dtype', 'dtype'],
])('%s is %s in files', (camel, snake) => {
  expect(toSnakeKey(camel)).toBe(snake);
  expect(toCamelKey(snake)).toBe(camel);
});

describe('objects of the API', () => {
  test('are written with module, class and snake_case keys, and read back', () => {
    const json = serializeObject(new Scale({ factor: 2, useBias: true, inner: new Scale({ factor: 3 }) }));
    expect(json).toEqual({
      module: 'keras.layers',
      class_name: 'ScaleForTest',
      registered_name: null,
      config: {
        factor: 2,
        use_bias: true,
        inner: {
          module: 'keras.layers',
          class_name: 'ScaleForTest',
          registered_name: null,
          config: { factor: 3, use_bias: false, inner: null },
        },
      },
    });
    const read = deserializeObject(JSON.parse(JSON.stringify(json))) as Scale;
    expect(read).toBeInstanceOf(Scale);
    expect(read.useBias).toBe(true);
    expect((read.inner as Scale).factor).toBe(3);
  });

  test('a dtype policy is written as Keras writes it', () => {
    const json = {
      module: 'keras',
      class_name: 'DTypePolicy',
      config: { name: 'mixed_bfloat16' },
      registered_name: null,
    };
    expect(serializeObject(new DTypePolicy('mixed_bfloat16'))).toEqual(json);
    const policy = deserializeObject(json) as DTypePolicy;
    expect([policy.computeDtype, policy.variableDtype]).toEqual(['bfloat16', 'float32']);
  });
});

describe('own classes and functions', () => {
  test('are found by their registered names', () => {
    class Own extends Scale {
      static override fromConfig(config: Record<string, unknown>): Own {
        return new Own(config);
      }
    }
    registerSerializable({ package: 'tests' })(Own);
    const json = serializeObject(new Own({ factor: 4 })) as { registered_name: string };
    expect(json.registered_name).toBe('tests>Own');
    expect(deserializeObject(json)).toBeInstanceOf(Own);
    expect(() => registerSerializable({ package: 'tests', name: 'Own' })(Scale)).toThrow(/registered/);
    const double = registerSerializable({ package: 'tests', name: 'double' })((x: number) => 2 * x);
    const written = serializeObject(double);
    expect(written).toMatchObject({ class_name: 'function', config: 'tests>double' });
    expect(deserializeObject(written)).toBe(double);
  });

  test('are found in a scope or among the given ones', () => {
    const json = { module: null, class_name: 'Mine', config: { use_bias: true }, registered_name: 'Mine' };
    expect(() => deserializeObject(json)).toThrow(ValueError);
    expect(() => deserializeObject(json)).toThrow(/Mine.*customObjects/);
    expect((deserializeObject(json, { customObjects: { Mine: Scale } }) as Scale).useBias).toBe(true);
    expect(customObjectScope({ Mine: Scale }, () => deserializeObject(json))).toBeInstanceOf(Scale);
  });
});

test('tensors, arrays and symbolic tensors', () => {
  expect(serializeObject(tensor([[1, 2]]))).toEqual({
    class_name: '__tensor__',
    config: { value: [[1, 2]], dtype: 'float32' },
  });
  const read = deserializeObject({ class_name: '__numpy__', config: { value: [1, 2], dtype: 'int32' } });
  expect(read).toMatchObject({ dtype: 'int32', shape: [2] });
  expect(serializeObject(new KerasTensor([null, 2], 'float32'))).toEqual({
    class_name: '__keras_tensor__',
    config: { shape: [null, 2], dtype: 'float32', keras_history: null },
  });
  expect(deserializeObject({ class_name: '__tuple__', config: { value: [1, [2]] } })).toEqual([1, [2]]);
});

test('Python code in a file is refused', () => {
  expect(() => deserializeObject({ class_name: '__lambda__', config: { value: 'x' } })).toThrow(/lambda/);
});

test('what has no configuration cannot be written', () => {
  expect(() => serializeObject({ a: new Map() })).toThrow(/Map/);
  expect(() => serializeObject(Symbol('x'))).toThrow(ValueError);
});
