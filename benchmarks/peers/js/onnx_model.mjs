// Writes ONNX models: as much of the format (protocol buffers, onnx.proto3) as the peers' networks need.

const FLOAT = 1;
const OPSET = 17;
const IR_VERSION = 8;

/** A number of variable length. */
function varint(value) {
  const bytes = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Buffer.from([...bytes, rest]);
    bytes.push((rest % 128) | 128);
  }
}

const number = (field, value) => Buffer.concat([varint(field * 8), varint(value)]);

/** A string, bytes, or a message's parts. */
function block(field, content) {
  const bytes = Array.isArray(content) ? Buffer.concat(content) : Buffer.from(content);
  return Buffer.concat([varint(field * 8 + 2), varint(bytes.length), bytes]);
}

function float(field, value) {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(value);
  return Buffer.concat([varint(field * 8 + 5), bytes]);
}

function attribute(name, value) {
  if (Array.isArray(value))
    return block(5, [block(1, name), ...value.map((part) => number(8, part)), number(20, 7)]);
  if (Number.isInteger(value)) return block(5, [block(1, name), number(3, value), number(20, 2)]);
  return block(5, [block(1, name), float(2, value), number(20, 1)]);
}

function valueInfo(field, name, shape) {
  const dimensions = shape.map((extent) => block(1, [number(1, extent)]));
  return block(field, [block(1, name), block(2, [block(1, [number(1, FLOAT), block(2, dimensions)])])]);
}

/** A graph of nodes with one output each, put together node by node. */
export class OnnxGraph {
  #parts = [];
  #names = 0;

  /** Adds a node; the result is its output's name. */
  node(type, inputs, attributes = {}) {
    const output = `t${this.#names++}`;
    this.#parts.push(
      block(1, [
        ...inputs.map((input) => block(1, input)),
        block(2, output),
        block(4, type),
        ...Object.entries(attributes).map(([name, value]) => attribute(name, value)),
      ]),
    );
    return output;
  }

  /** Adds a float32 constant. */
  constant(values, shape) {
    const name = `w${this.#names++}`;
    const raw = Buffer.from(values.buffer, values.byteOffset, values.byteLength);
    this.#parts.push(
      block(5, [
        ...shape.map((extent) => number(1, extent)),
        number(2, FLOAT),
        block(8, name),
        block(9, raw),
      ]),
    );
    return name;
  }

  /** The model's file. */
  model(input, inputShape, output, outputShape) {
    const graph = [
      ...this.#parts,
      block(2, 'graph'),
      valueInfo(11, input, inputShape),
      valueInfo(12, output, outputShape),
    ];
    return Buffer.concat([
      number(1, IR_VERSION),
      block(7, graph),
      block(8, [block(1, ''), number(2, OPSET)]),
    ]);
  }
}
