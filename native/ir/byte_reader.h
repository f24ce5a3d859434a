// Bounds-checked reading of the binary forms: little endian, whoever wrote them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "ir/dtype.h"
#include "ir/error.h"

namespace ibex {

[[noreturn]] inline void malformed(const std::string& what) {
  throw Error(ErrorCode::kInvalidGraph, "malformed graph bytes: " + what);
}

// Every read throws Error{kInvalidGraph} past the end.
class ByteReader {
 public:
  explicit ByteReader(std::span<const uint8_t> bytes) : bytes_(bytes) {}

  size_t left() const { return bytes_.size() - at_; }
  size_t position() const { return at_; }

  uint8_t u8() { return take(1)[0]; }
  uint16_t u16() {
    const uint8_t* p = take(2);
    return static_cast<uint16_t>(p[0] | (p[1] << 8));
  }
  uint32_t u32() {
    const uint8_t* p = take(4);
    return static_cast<uint32_t>(p[0]) | static_cast<uint32_t>(p[1]) << 8 | static_cast<uint32_t>(p[2]) << 16 |
           static_cast<uint32_t>(p[3]) << 24;
  }
  uint64_t u64() {
    const uint64_t low = u32();
    return low | static_cast<uint64_t>(u32()) << 32;
  }
  int64_t i64() { return static_cast<int64_t>(u64()); }

  bool boolean(uint32_t v) const {
    if (v > 1) malformed("a bool of " + std::to_string(v));
    return v == 1;
  }
  DType dtype(uint32_t v) const {
    if (v >= kDTypeCount) malformed("no element type " + std::to_string(v));
    return static_cast<DType>(v);
  }

  // A count of things that take at least `minimum` bytes each.
  uint32_t count(size_t minimum) {
    const uint32_t n = u32();
    checkCount(n, minimum);
    return n;
  }
  void checkCount(uint32_t n, size_t minimum) const {
    if (n > left() / minimum) {
      malformed("a count of " + std::to_string(n) + " at byte " + std::to_string(at_) + " exceeds what is left");
    }
  }

  // Length-prefixed bytes, padded with zeros to a multiple of 4.
  std::span<const uint8_t> padded() {
    const uint32_t n = count(1);
    const uint8_t* p = take(n);
    const size_t padding = (4 - n % 4) % 4;
    const uint8_t* zeros = take(padding);
    for (size_t i = 0; i < padding; i++) {
      if (zeros[i] != 0) malformed("padding that is not zero before byte " + std::to_string(at_));
    }
    return {p, n};
  }

 private:
  const uint8_t* take(size_t n) {
    if (n > left()) malformed("truncated at byte " + std::to_string(at_));
    const uint8_t* p = bytes_.data() + at_;
    at_ += n;
    return p;
  }

  std::span<const uint8_t> bytes_;
  size_t at_ = 0;
};

}  // namespace ibex
