import { type DType, dtypeId, type TypedArray } from './dtype.js';
import type { Node } from './node.js';
import { numericsBits } from './numerics.js';
import { type AttrKind, findOp, opId, opTableHash, type TensorType } from './registry.js';
import type { Tensor } from './tensor.js';
import type { Trace } from './trace.js';
import { WordWriter } from './writer.js';

const MAGIC = 0x58424947;
const VERSION = 2;
const NO_SCOPE = 0xffffffff;
/** Where in the header, counted in words. */
const NODE_COUNT = 4;
const OUTPUT_COUNT = 5;
const SCOPE_COUNT = 7;

/** A program as the core takes it, and the computed tensors that it reads besides its own parameters. */
export interface EncodedGraph {
  /** A view that is valid until the next graph is encoded. */
  readonly bytes: Uint8Array;
  /** They follow the explicit feeds, in this order. */
  readonly captured: readonly Tensor[];
  /** Further outputs, after the roots: results on the way that are better kept than computed yet again. */
  readonly kept: readonly Tensor[];
}

export interface EncodeOptions {
  /** How many feed parameters the graph has of its own; captured tensors are numbered from here. */
  readonly feeds: number;
  readonly updates?: readonly { readonly index: number; readonly value: Tensor }[];
  /** The trace that the program is of; pending calls outside of it are computed before, and captured. */
  readonly trace?: Trace;
  /** Whether a tensor that JavaScript holds is written into the program, or is fed to it. */
  isConstant(tensor: Tensor): boolean;
}

/**
 * Pending calls that have been computed this often on the way to something else are made outputs the next time. Who reads
 * every step of a long computation so pays for each step a few times, not for the whole chain again.
 */
const KEEP_AFTER = 2;

const writer = new WordWriter();
let busy = false;

/** Writes the pending calls that `roots` (and updates of state) depend on as a program. Walks without recursion. */
export function encodeGraph(roots: readonly Tensor[], options: EncodeOptions): EncodedGraph {
  const out = busy ? new WordWriter() : writer;
  busy = true;
  try {
    return new Encoder(out, options).encode(roots, options.updates ?? []);
  } finally {
    busy = false;
  }
}

class Encoder {
  readonly #out: WordWriter;
  readonly #options: EncodeOptions;
  /** The number of a node's first output. */
  readonly #values = new Map<Node, number>();
  /** The value numbers of tensors without a node. */
  readonly #leaves = new Map<Tensor, number>();
  readonly #scopes = new Map<string, number>();
  readonly #captured: Tensor[] = [];
  readonly #kept = new Set<Tensor>();
  #nodeCount = 0;
  #valueCount = 0;

  constructor(out: WordWriter, options: EncodeOptions) {
    this.#out = out;
    this.#options = options;
  }

  encode(roots: readonly Tensor[], updates: readonly { index: number; value: Tensor }[]): EncodedGraph {
    const out = this.#out;
    out.reset();
    const hash = opTableHash().padStart(16, '0');
    const [high, low] = [Number.parseInt(hash.slice(0, 8), 16), Number.parseInt(hash.slice(8), 16)];
    for (const word of [MAGIC, VERSION, low, high, 0, 0, updates.length, 0, numericsBits()]) out.u32(word);
    for (const root of roots) this.#visit(root);
    for (const { value } of updates) this.#visit(value);
    for (const root of roots) this.#kept.delete(root);
    const kept = [...this.#kept];
    for (const root of roots) out.u32(this.#valueOf(root));
    for (const tensor of kept) out.u32(this.#valueOf(tensor));
    for (const { index, value } of updates) {
      out.u32(index);
      out.u32(this.#valueOf(value));
    }
    for (const scope of this.#scopes.keys()) out.string(scope);
    out.patch(NODE_COUNT, this.#nodeCount);
    out.patch(OUTPUT_COUNT, roots.length + kept.length);
    out.patch(SCOPE_COUNT, this.#scopes.size);
    if (!this.#options.trace) for (const node of this.#values.keys()) node.computed++;
    return { bytes: out.view(), captured: this.#captured, kept };
  }

  /** Writes what a tensor depends on in topological order. */
  #visit(root: Tensor): void {
    if (this.#isLeaf(root)) {
      this.#writeLeaf(root);
      return;
    }
    if (this.#values.has(root.node!)) return;
    const stack: Node[] = [root.node!];
    const next: number[] = [0];
    while (stack.length > 0) {
      const top = stack.length - 1;
      const node = stack[top]!;
      const at = next[top]!;
      if (at < node.inputs.length) {
        next[top] = at + 1;
        const input = node.inputs[at]!;
        if (this.#isLeaf(input)) this.#writeLeaf(input);
        else {
          if (this.#isWorthKeeping(input, node)) this.#kept.add(input);
          if (!this.#values.has(input.node!)) {
            stack.push(input.node!);
            next.push(0);
          }
        }
        continue;
      }
      if (!this.#values.has(node)) this.#writeNode(node);
      stack.pop();
      next.pop();
    }
  }

  #isLeaf({ node }: Tensor): boolean {
    return node === null || (node.trace === null && this.#options.trace !== undefined);
  }

  /** Whether an operand was computed often enough, for a call that is new. Sources are cheaper made than stored. */
  #isWorthKeeping({ node }: Tensor, consumer: Node): boolean {
    return node!.computed >= KEEP_AFTER && consumer.computed < node!.computed && node!.def.kind !== 'source';
  }

  #valueOf(tensor: Tensor): number {
    return this.#isLeaf(tensor) ? this.#leaves.get(tensor)! : this.#values.get(tensor.node!)! + tensor.index;
  }

  #writeNode(node: Node): void {
    const { def, inputs, attrs, outputs, scope } = node;
    this.#begin(opId(def), inputs.length, outputs.length, scope);
    for (let i = 0; i < inputs.length; i++) this.#out.u32(this.#valueOf(inputs[i]!));
    this.#values.set(node, this.#writeTypes(outputs));
    if (def.attrs) {
      for (const name in def.attrs.fields) this.#writeAttr(def.attrs.fields[name]!, attrs[name]);
    }
  }

  #writeLeaf(tensor: Tensor): void {
    if (this.#leaves.has(tensor)) return;
    if (tensor.host && tensor.handle === 0 && this.#options.isConstant(tensor)) {
      this.#begin(CONSTANT.id, 0, 1, '');
      this.#leaves.set(tensor, this.#writeTypes([tensor]));
      this.#out.bytes(bytesOf(tensor.host));
      return;
    }
    this.#begin(PARAMETER.id, 0, 1, '');
    this.#leaves.set(tensor, this.#writeTypes([tensor]));
    this.#out.i64(this.#options.feeds + this.#captured.length);
    this.#out.u32(0);
    this.#captured.push(tensor);
  }

  #begin(op: number, inputs: number, outputs: number, scope: string): void {
    this.#out.u32(op | (inputs << 16));
    this.#out.u32(outputs);
    this.#out.u32(this.#scopeNumber(scope));
    this.#nodeCount++;
  }

  #scopeNumber(scope: string): number {
    if (scope === '') return NO_SCOPE;
    let number = this.#scopes.get(scope);
    if (number === undefined) {
      number = this.#scopes.size;
      this.#scopes.set(scope, number);
    }
    return number;
  }

  #writeTypes(types: readonly TensorType[]): number {
    const first = this.#valueCount;
    for (const { dtype, shape } of types) this.#writeType(dtype, shape);
    this.#valueCount += types.length;
    return first;
  }

  #writeType(dtype: DType, shape: readonly number[]): void {
    this.#out.u32(dtypeId(dtype) | (shape.length << 8));
    for (let i = 0; i < shape.length; i++) this.#out.i64(shape[i]!);
  }

  #writeAttr(kind: AttrKind, value: unknown): void {
    const out = this.#out;
    switch (kind) {
      case 'i64':
        out.i64(value as number);
        break;
      case 'f64':
        out.f64(value as number);
        break;
      case 'bool':
        out.u32(value ? 1 : 0);
        break;
      case 'dtype':
        out.u32(dtypeId(value as DType));
        break;
      case 'i64s':
        out.u32((value as readonly number[]).length);
        for (const entry of value as readonly number[]) out.i64(entry);
        break;
      case 'f64s':
        out.u32((value as readonly number[]).length);
        for (const entry of value as readonly number[]) out.f64(entry);
        break;
      case 'bytes':
        out.bytes(value as Uint8Array);
        break;
    }
  }
}

/** Numbers of the primitives that stand for leaves, looked up on first use: definitions are registered later. */
class LazyOp {
  readonly #name: string;
  #id: number | undefined;

  constructor(name: string) {
    this.#name = name;
  }

  get id(): number {
    this.#id ??= opId(findOp(this.#name));
    return this.#id;
  }
}

const CONSTANT = new LazyOp('constant');
const PARAMETER = new LazyOp('parameter');

function bytesOf(values: TypedArray): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}
