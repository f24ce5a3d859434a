import { afterEach, expect, test } from 'vitest';
import { DTypeError, tensor } from '../index.js';
import { DTypePolicy, dtypePolicy, getDtypePolicy, setDtypePolicy, setFloatx } from './index.js';

afterEach(() => {
  setDtypePolicy(null);
  setFloatx('float32');
});

test('the global policy follows floatx unless it is set', () => {
  expect(dtypePolicy().name).toBe('float32');
  setFloatx('bfloat16');
  expect(dtypePolicy().computeDtype).toBe('bfloat16');
  setDtypePolicy('mixed_float16');
  expect(getDtypePolicy(null)).toMatchObject({
    name: 'mixed_float16',
    computeDtype: 'float16',
    variableDtype: 'float32',
  });
  expect(() => setDtypePolicy('mixed_float64')).toThrow(DTypeError);
  expect(() => setFloatx('int32')).toThrow(DTypeError);
});

test('a policy casts floating-point inputs only', () => {
  const policy = new DTypePolicy('mixed_bfloat16');
  const x = tensor([1.5]);
  expect(policy.convertInput(x, true)).toMatchObject({ dtype: 'bfloat16' });
  expect(policy.convertInput(x, false)).toBe(x);
  const indices = tensor([1], { dtype: 'int32' });
  expect(policy.convertInput(indices, true)).toBe(indices);
  expect(policy.convertInput('text', true)).toBe('text');
});
