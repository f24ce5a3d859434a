// Graphs to the bytes that ir/decoder.h reads; TypeScript's encoder in the small, for tests.
#pragma once

#include <bit>
#include <cstdint>
#include <vector>

#include "ir/attrs.h"
#include "ir/decoder.h"

namespace ibex {

class Encoder {
 public:
  static std::vector<uint8_t> encode(const Graph& graph) {
    Encoder out;
    out.u32(kGraphMagic), out.u32(kGraphVersion), out.u64(kOpTableHash);
    out.u32(graph.nodes.size()), out.u32(graph.outputs.size());
    out.u32(graph.updates.size()), out.u32(graph.scopes.size());
    for (const Node& node : graph.nodes) out.node(graph, node);
    for (ValueId v : graph.outputs) out.u32(v);
    for (const StateUpdate& update : graph.updates) out.u32(update.parameter), out.u32(update.value);
    for (const std::string& scope : graph.scopes) {
      out.padded({reinterpret_cast<const uint8_t*>(scope.data()), scope.size()});
    }
    return std::move(out.bytes_);
  }

 private:
  struct FieldWriter {
    Encoder& out;
    void operator()(const char*, int64_t v) { out.u64(static_cast<uint64_t>(v)); }
    void operator()(const char*, double v) { out.u64(std::bit_cast<uint64_t>(v)); }
    void operator()(const char*, bool v) { out.u32(v); }
    void operator()(const char*, DType v) { out.u32(static_cast<uint32_t>(v)); }
    void operator()(const char*, const std::vector<uint8_t>& v) { out.padded(v); }
    template <class T>
    void operator()(const char*, const std::vector<T>& v) {
      out.u32(v.size());
      for (const T& item : v) (*this)("", item);
    }
  };

  void u8(uint64_t v) { bytes_.push_back(static_cast<uint8_t>(v)); }
  void u16(uint64_t v) { u8(v), u8(v >> 8); }
  void u32(uint64_t v) { u16(v), u16(v >> 16); }
  void u64(uint64_t v) { u32(v), u32(v >> 32); }
  void padded(std::span<const uint8_t> data) {
    u32(data.size());
    bytes_.insert(bytes_.end(), data.begin(), data.end());
    while (bytes_.size() % 4 != 0) u8(0);
  }

  void node(const Graph& graph, const Node& node) {
    u16(static_cast<uint64_t>(node.op)), u16(node.inputs.size()), u16(node.outputs.size()), u16(0);
    u32(node.scope);
    for (ValueId v : node.inputs) u32(v);
    for (ValueId v : node.outputs) {
      const Type& type = graph.type(v);
      u8(static_cast<uint64_t>(type.dtype)), u8(type.shape.size()), u16(0);
      for (int64_t d : type.shape) u64(static_cast<uint64_t>(d));
    }
    visitAttrs(node.attrs, FieldWriter{*this});
  }

  std::vector<uint8_t> bytes_;
};

}  // namespace ibex
