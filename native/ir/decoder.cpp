#include "ir/decoder.h"

#include <bit>
#include <string>

#include "ir/attrs.h"
#include "ir/byte_reader.h"
#include "ir/region_codec.h"

namespace ibex {
namespace {

constexpr uint64_t kMaxValueBytes = uint64_t{1} << 48;

struct FieldReader {
  ByteReader& in;
  void operator()(const char*, int64_t& field) { field = in.i64(); }
  void operator()(const char*, double& field) { field = std::bit_cast<double>(in.u64()); }
  void operator()(const char*, bool& field) { field = in.boolean(in.u32()); }
  void operator()(const char*, DType& field) { field = in.dtype(in.u32()); }
  void operator()(const char*, std::vector<int64_t>& field) {
    field.resize(in.count(8));
    for (int64_t& item : field) item = in.i64();
  }
  void operator()(const char*, std::vector<double>& field) {
    field.resize(in.count(8));
    for (double& item : field) item = std::bit_cast<double>(in.u64());
  }
  void operator()(const char*, std::vector<uint8_t>& field) {
    const auto data = in.padded();
    field.assign(data.begin(), data.end());
  }
};

Type decodeType(ByteReader& in) {
  Type type;
  type.dtype = in.dtype(in.u8());
  const uint8_t rank = in.u8();
  if (in.u16() != 0) malformed("reserved bits of a type are set");
  in.checkCount(rank, 8);
  uint64_t bytes = dtypeSize(type.dtype);
  for (uint8_t i = 0; i < rank; i++) {
    const int64_t extent = in.i64();
    // Extents of 0 count as 1, so that partial products (strides) stay in range as well.
    if (extent < 0 || static_cast<uint64_t>(extent > 0 ? extent : 1) > kMaxValueBytes / bytes) {
      malformed("a shape with an extent of " + std::to_string(extent) + " is out of range");
    }
    if (extent > 0) bytes *= static_cast<uint64_t>(extent);
    type.shape.push_back(extent);
  }
  return type;
}

ValueId decodeValue(ByteReader& in, const Graph& graph) {
  const uint32_t v = in.u32();
  if (v >= graph.values.size()) malformed("value " + std::to_string(v) + " is used before it is defined");
  return v;
}

void decodeNode(ByteReader& in, Graph& graph, uint32_t scopeCount, FusedNodes fused) {
  Node node;
  const uint16_t op = in.u16();
  const bool refused = static_cast<Op>(op) == Op::kFused && fused == FusedNodes::kRefuse;
  if (op >= kOpCount || refused) malformed("no op " + std::to_string(op));
  node.op = static_cast<Op>(op);
  const uint16_t inputs = in.u16();
  const uint16_t outputs = in.u16();
  if (in.u16() != 0) malformed("reserved bits of a node are set");
  node.scope = in.u32();
  if (node.scope != kNone && node.scope >= scopeCount) malformed("no scope " + std::to_string(node.scope));
  in.checkCount(inputs, 4);
  node.inputs.reserve(inputs);
  for (uint16_t i = 0; i < inputs; i++) node.inputs.push_back(decodeValue(in, graph));
  in.checkCount(outputs, 4);
  const auto id = static_cast<NodeId>(graph.nodes.size());
  for (uint16_t i = 0; i < outputs; i++) {
    node.outputs.push_back(static_cast<ValueId>(graph.values.size()));
    graph.values.push_back({decodeType(in), id, i});
  }
  node.attrs = defaultAttrs(node.op);
  if (node.op == Op::kFused) {
    node.region = std::make_shared<const Region>(decodeRegion(in));
  } else {
    visitAttrs(node.attrs, FieldReader{in});
  }
  graph.nodes.push_back(std::move(node));
}

}  // namespace

Graph decodeGraph(std::span<const uint8_t> bytes, FusedNodes fused) {
  ByteReader in(bytes);
  if (in.u32() != kGraphMagic) malformed("not a graph (wrong magic number)");
  const uint32_t version = in.u32();
  if (version != kGraphVersion) malformed("version " + std::to_string(version) + " is not known");
  if (in.u64() != kOpTableHash) {
    malformed("written for another op table; the TypeScript packages and the addon are of different builds");
  }
  const uint32_t nodes = in.u32();
  const uint32_t outputs = in.u32();
  const uint32_t updates = in.u32();
  const uint32_t scopes = in.u32();
  const uint32_t numerics = in.u32();
  if ((numerics & ~(kRoundFloat32Bit | kDeterministicBit)) != 0) malformed("reserved bits of the numerics are set");
  in.checkCount(nodes, 12);
  in.checkCount(outputs, 4);
  in.checkCount(updates, 8);
  in.checkCount(scopes, 4);

  Graph graph;
  graph.numerics = {(numerics & kRoundFloat32Bit) != 0, (numerics & kDeterministicBit) != 0};
  graph.nodes.reserve(nodes);
  graph.values.reserve(nodes);
  for (uint32_t i = 0; i < nodes; i++) decodeNode(in, graph, scopes, fused);
  graph.outputs.reserve(outputs);
  for (uint32_t i = 0; i < outputs; i++) graph.outputs.push_back(decodeValue(in, graph));
  graph.updates.reserve(updates);
  for (uint32_t i = 0; i < updates; i++) {
    const uint32_t state = in.u32();
    graph.updates.push_back({state, decodeValue(in, graph)});
  }
  graph.scopes.reserve(scopes);
  for (uint32_t i = 0; i < scopes; i++) {
    const auto text = in.padded();
    graph.scopes.emplace_back(reinterpret_cast<const char*>(text.data()), text.size());
  }
  if (in.left() != 0) malformed(std::to_string(in.left()) + " bytes after its end");
  return graph;
}

}  // namespace ibex
