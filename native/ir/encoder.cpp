#include "ir/encoder.h"

#include "ir/attrs.h"
#include "ir/byte_writer.h"
#include "ir/decoder.h"
#include "ir/region_codec.h"

namespace ibex {
namespace {

struct FieldWriter {
  ByteWriter& out;
  void operator()(const char*, int64_t v) { out.i64(v); }
  void operator()(const char*, double v) { out.f64(v); }
  void operator()(const char*, bool v) { out.u32(v); }
  void operator()(const char*, DType v) { out.u32(static_cast<uint64_t>(v)); }
  void operator()(const char*, const std::vector<uint8_t>& v) { out.padded(v); }
  template <class T>
  void operator()(const char*, const std::vector<T>& v) {
    out.u32(v.size());
    for (const T& item : v) (*this)("", item);
  }
};

void encodeNode(const Graph& graph, const Node& node, ByteWriter& out) {
  out.u16(static_cast<uint64_t>(node.op)), out.u16(node.inputs.size()), out.u16(node.outputs.size()), out.u16(0);
  out.u32(node.scope);
  for (const ValueId v : node.inputs) out.u32(v);
  for (const ValueId v : node.outputs) {
    const Type& type = graph.type(v);
    out.u8(static_cast<uint64_t>(type.dtype)), out.u8(type.shape.size()), out.u16(0);
    for (const int64_t extent : type.shape) out.i64(extent);
  }
  if (node.op == Op::kFused) return encodeRegion(*node.region, out);
  visitAttrs(node.attrs, FieldWriter{out});
}

}  // namespace

std::vector<uint8_t> encodeGraph(const Graph& graph) {
  ByteWriter out;
  out.u32(kGraphMagic), out.u32(kGraphVersion), out.u64(kOpTableHash);
  out.u32(graph.nodes.size()), out.u32(graph.outputs.size());
  out.u32(graph.updates.size()), out.u32(graph.scopes.size());
  const Numerics& numerics = graph.numerics;
  out.u32((numerics.roundFloat32 ? kRoundFloat32Bit : 0) | (numerics.deterministic ? kDeterministicBit : 0));
  for (const Node& node : graph.nodes) encodeNode(graph, node, out);
  for (const ValueId v : graph.outputs) out.u32(v);
  for (const StateUpdate& update : graph.updates) out.u32(update.parameter), out.u32(update.value);
  for (const std::string& scope : graph.scopes) {
    out.padded({reinterpret_cast<const uint8_t*>(scope.data()), scope.size()});
  }
  return out.take();
}

}  // namespace ibex
