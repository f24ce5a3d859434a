import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { opDefs } from '../core/registry.js';
import '../index.js';
import { describeOpTable, hashOpTable } from './table.js';

describe('the op table', () => {
  it('is the one that the core was generated from, in whatever order modules are loaded', () => {
    const header = readFileSync(new URL('../../../../native/ir/ops.gen.h', import.meta.url), 'utf8');
    expect(header).toContain(`kOpTableHash = 0x${hashOpTable(opDefs())}ull`);
  });

  it('has a line for each op, with its operands and attributes', () => {
    const lines = describeOpTable(opDefs()).trimEnd().split('\n');
    expect(lines).toHaveLength(opDefs().length);
    expect(lines[0]).toBe('0 parameter source 0 1 ParameterAttrs{index:i64,state:bool}');
    expect(lines).toContain('4 neg elementwise 1 1 {}');
  });

  it('changes its hash with anything that the core knows of an op', () => {
    const [first, ...rest] = opDefs();
    if (!first) throw new Error('there are no ops');
    const other = hashOpTable(opDefs());
    expect(hashOpTable([{ ...first, inputs: 1 }, ...rest])).not.toBe(other);
    expect(hashOpTable([...rest, first])).not.toBe(other);
  });

  it('can differentiate every op whose result depends smoothly on its operands', () => {
    const fixed = [
      'parameter constant iota random_bits sign floor ceil round trunc is_nan is_inf is_finite logical_not bitwise_not',
      'floor_div equal not_equal less less_equal greater greater_equal logical_and logical_or logical_xor bitwise_and',
      'bitwise_or bitwise_xor shift_left shift_right arg_max arg_min argsort fused',
      'conv_epilogue matmul_epilogue',
    ].flatMap((line) => line.split(' '));
    const without = opDefs().filter(({ vjp, composite }) => !vjp && !composite);
    expect(without.map(({ name }) => name).sort()).toEqual([...fixed].sort());
  });
});
