// How the mock's NVRTC hands a compiled library to the mock's driver, which is given an address and no size.
#pragma once

#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

namespace ibex::mock {

inline constexpr uint64_t kEnvelopeMark = 0x6b636f6d78656269ull;

inline std::string envelope(const std::string& library) {
  const uint64_t head[2] = {kEnvelopeMark, library.size()};
  return std::string(reinterpret_cast<const char*>(head), sizeof(head)) + library;
}

inline std::optional<std::string_view> inEnvelope(const void* image) {
  uint64_t head[2];
  std::memcpy(head, image, sizeof(head));
  if (head[0] != kEnvelopeMark) return std::nullopt;
  return std::string_view(static_cast<const char*>(image) + sizeof(head), head[1]);
}

}  // namespace ibex::mock
