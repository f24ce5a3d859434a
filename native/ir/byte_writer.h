// Writing the binary forms that ByteReader reads.
#pragma once

#include <bit>
#include <cstdint>
#include <span>
#include <vector>

namespace ibex {

class ByteWriter {
 public:
  void u8(uint64_t v) { bytes_.push_back(static_cast<uint8_t>(v)); }
  void u16(uint64_t v) { u8(v), u8(v >> 8); }
  void u32(uint64_t v) { u16(v), u16(v >> 16); }
  void u64(uint64_t v) { u32(v), u32(v >> 32); }
  void i64(int64_t v) { u64(static_cast<uint64_t>(v)); }
  void f64(double v) { u64(std::bit_cast<uint64_t>(v)); }
  // Length-prefixed, padded with zeros to a multiple of 4.
  void padded(std::span<const uint8_t> data) {
    u32(data.size());
    bytes_.insert(bytes_.end(), data.begin(), data.end());
    while (bytes_.size() % 4 != 0) u8(0);
  }

  std::vector<uint8_t> take() { return std::move(bytes_); }

 private:
  std::vector<uint8_t> bytes_;
};

}  // namespace ibex
