// Compiled kernels on disk, so that a program's next start need not compile again.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace ibex::cuda {

// Names what a kernel was compiled from: text, options, device, compiler.
struct CacheKey {
  uint64_t high = 0;
  uint64_t low = 0;
  bool operator==(const CacheKey&) const = default;
  std::string text() const;  // 32 hexadecimal digits
};

// A key of all parts, each told from the next.
class KeyMaker {
 public:
  KeyMaker& add(std::string_view part);
  CacheKey key() const { return key_; }

 private:
  CacheKey key_{0x9e3779b97f4a7c15ull, 0xc2b2ae3d27d4eb4full};
};

// A folder of files. Processes may share it: files appear whole, and what is damaged is as if it were not there. Never
// throws; a folder that can't be written is a cache that keeps nothing.
class KernelCache {
 public:
  // With an empty folder it keeps nothing. Files that were not used for longest go when there are more bytes than `limit`.
  explicit KernelCache(std::filesystem::path folder, uint64_t limitBytes = kDefaultLimit);

  // Where IBEX_CUDA_CACHE says ("off": nowhere), else in the user's folder for caches.
  static KernelCache ofEnvironment();

  std::optional<std::string> find(const CacheKey& key) const;
  void store(const CacheKey& key, std::string_view image) const;

  const std::filesystem::path& folder() const { return folder_; }

  static constexpr uint64_t kDefaultLimit = uint64_t{1} << 30;

 private:
  std::filesystem::path fileOf(const CacheKey& key) const;
  void trim() const;

  std::filesystem::path folder_;
  uint64_t limit_;
};

}  // namespace ibex::cuda
