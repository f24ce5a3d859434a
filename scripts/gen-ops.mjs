// Writes the parts of the core that follow from the op definitions (packages/tensor/src/ops/defs):
//   native/ir/ops.gen.h         the enum of ops, attribute structs, arities, the table's hash
//   native/ir/scalar_ops.gen.h  the element-wise ops as functions of scalars
// `node scripts/gen-ops.mjs` writes them; with --check it only compares, and exits with 1 when they are stale.
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { createViteServer } from 'vitest/node';

const root = fileURLToPath(new URL('..', import.meta.url));

/** The definitions are TypeScript: they are loaded from source, so no build has to come first. */
async function loadTable() {
  const conditions = ['ibex-source'];
  const server = await createViteServer({
    root,
    configFile: false,
    logLevel: 'error',
    server: { middlewareMode: true, watch: null, hmr: false, ws: false },
    optimizeDeps: { noDiscovery: true },
    resolve: { conditions },
    ssr: { noExternal: [/^@ibex\//], resolve: { conditions } },
  });
  try {
    await server.ssrLoadModule('/packages/tensor/src/ops/defs/index.ts');
    const { opDefs } = await server.ssrLoadModule('/packages/tensor/src/core/registry.ts');
    const { hashOpTable } = await server.ssrLoadModule('/packages/tensor/src/ops/table.ts');
    const defs = opDefs();
    return { defs, hash: hashOpTable(defs) };
  } finally {
    await server.close();
  }
}

const HEADER = '// Generated from packages/tensor/src/ops/defs by scripts/gen-ops.mjs. Do not edit.\n';

const CPP_TYPES = {
  i64: 'int64_t',
  f64: 'double',
  bool: 'bool',
  dtype: 'DType',
  i64s: 'std::vector<int64_t>',
  f64s: 'std::vector<double>',
  bytes: 'std::vector<uint8_t>',
};
const CPP_DEFAULTS = { i64: ' = 0', f64: ' = 0', bool: ' = false', dtype: ' = DType::kFloat32' };

/** `reduce_sum` as `ReduceSum`. */
const pascal = (name) => name.replace(/(^|_)([a-z0-9])/g, (_, _gap, letter) => letter.toUpperCase());

function attributeStruct({ struct, fields }) {
  const entries = Object.entries(fields);
  return [
    `struct ${struct} {`,
    ...entries.map(([name, kind]) => `  ${CPP_TYPES[kind]} ${name}${CPP_DEFAULTS[kind] ?? ''};`),
    `  bool operator==(const ${struct}&) const = default;`,
    '  // Calls visit(name, field) for each field, in order: the codec, printer, parser and hash are written on it.',
    '  template <class Self, class Visitor>',
    '  static void visit(Self& self, Visitor&& visitor) {',
    ...entries.map(([name]) => `    visitor("${name}", self.${name});`),
    '  }',
    '};',
    '',
  ].join('\n');
}

function opsHeader({ defs, hash }) {
  const structs = new Map();
  for (const { name, attrs } of defs) {
    if (!attrs) continue;
    const known = structs.get(attrs.struct);
    if (known && JSON.stringify(known.fields) !== JSON.stringify(attrs.fields)) {
      throw new Error(`${name}: ${attrs.struct} is defined twice, with different fields`);
    }
    structs.set(attrs.struct, attrs);
  }
  const order = [...structs.keys()];
  const count = (n) => (n === 'variadic' ? -1 : n);
  const info = ({ name, kind, inputs, outputs, attrs }) =>
    `    {"${name}", OpKind::k${pascal(kind)}, ${count(inputs)}, ${count(outputs)}, ` +
    `${attrs ? order.indexOf(attrs.struct) + 1 : 0}},`;
  return `${HEADER}#pragma once

#include <cstdint>
#include <string_view>
#include <variant>
#include <vector>

#include "ir/dtype.h"

namespace ibex {

enum class Op : uint16_t {
${defs.map(({ name }, id) => `  k${pascal(name)} = ${id},`).join('\n')}
};

inline constexpr int kOpCount = ${defs.length};

enum class OpKind : uint8_t { kSource, kElementwise, kMovement, kReduction, kLibrary, kFused };

${[...structs.values()].map(attributeStruct).join('\n')}
using Attrs = std::variant<${['std::monostate', ...order].join(', ')}>;

struct OpInfo {
  std::string_view name;
  OpKind kind;
  int8_t inputs;      // -1: any number
  int8_t outputs;     // -1: any number
  uint8_t attrs;      // index into Attrs of this op's struct
};

inline constexpr OpInfo kOpInfo[kOpCount] = {
${defs.map(info).join('\n')}
};

constexpr const OpInfo& opInfo(Op op) { return kOpInfo[static_cast<int>(op)]; }

// Of the whole table; the TypeScript side refuses an addon with another.
inline constexpr uint64_t kOpTableHash = 0x${hash}ull;

}  // namespace ibex
`;
}

function functor({ name, inputs, scalar }) {
  const parameters = inputs === 1 ? 'T x' : 'T a, T b';
  const { expr, result } = scalar;
  const type = result === 'bool' ? 'bool' : 'T';
  const cast = (e) => (type === 'T' ? `return static_cast<T>(${e});` : `return ${e};`);
  const body =
    typeof expr === 'string'
      ? [`    ${cast(expr)}`]
      : [
          '    if constexpr (std::is_floating_point_v<T>) {',
          `      ${cast(expr.float)}`,
          '    } else {',
          `      ${cast(expr.int)}`,
          '    }',
        ];
  return [
    `struct ${pascal(name)}Op {`,
    '  template <class T>',
    `  IBEX_SCALAR_FN ${type} apply(${parameters}) {`,
    ...body,
    '  }',
    '};',
    '',
  ].join('\n');
}

function list(macro, defs) {
  const row = ({ name, scalar }) =>
    `  X(${pascal(name)}, ${pascal(scalar.operand)}, ${pascal(scalar.result)})`;
  return `#define ${macro}(X) \\\n${defs.map(row).join(' \\\n')}\n`;
}

function scalarHeader({ defs }) {
  const scalars = defs.filter((def) => def.scalar);
  return `${HEADER}//
// Include inside a namespace, after ir/scalar_math.h (see there); no include guard, on purpose. T is bool, an integer,
// float or double: float16 and bfloat16 are computed in float.
// The lists: X(name, accepts, result) with Op::k##name, name##Op, kAccepts##accepts<T>, and result Same or Bool.

${list(
  'IBEX_UNARY_OPS',
  scalars.filter((def) => def.inputs === 1),
)}
${list(
  'IBEX_BINARY_OPS',
  scalars.filter((def) => def.inputs === 2),
)}
${scalars.map(functor).join('\n')}`;
}

const table = await loadTable();
const files = [
  ['native/ir/ops.gen.h', opsHeader(table)],
  ['native/ir/scalar_ops.gen.h', scalarHeader(table)],
];
const check = process.argv.includes('--check');
let stale = false;
for (const [path, text] of files) {
  const current = await readFile(new URL(`../${path}`, import.meta.url), 'utf8').catch(() => '');
  if (current === text) continue;
  if (check) {
    stale = true;
    console.error(`${path} is stale: run \`node scripts/gen-ops.mjs\``);
  } else {
    await writeFile(new URL(`../${path}`, import.meta.url), text);
    console.log(`wrote ${path}`);
  }
}
if (stale) process.exitCode = 1;
