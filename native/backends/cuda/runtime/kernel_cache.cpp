#include "backends/cuda/runtime/kernel_cache.h"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <vector>

namespace ibex::cuda {
namespace {

namespace fs = std::filesystem;

// What a file starts with. The key and the sum tell one that was cut off, or is another's.
struct Head {
  uint64_t mark;
  uint64_t high;
  uint64_t low;
  uint64_t bytes;
  uint64_t sum;
};

constexpr uint64_t kMark = 0x3130656e72656b69ull;
constexpr const char* kSuffix = ".kernel";

uint64_t mix(uint64_t h) {
  h = (h ^ h >> 32) * 0xd6e8feb86659fd93ull;
  h = (h ^ h >> 32) * 0xd6e8feb86659fd93ull;
  return h ^ h >> 32;
}

uint64_t hashOf(std::string_view bytes, uint64_t seed) {
  uint64_t hash = mix(seed ^ bytes.size());
  size_t at = 0;
  for (; at + 8 <= bytes.size(); at += 8) {
    uint64_t word;
    std::memcpy(&word, bytes.data() + at, 8);
    hash = mix(hash ^ word) + 0x9e3779b97f4a7c15ull;
  }
  uint64_t word = 0;
  std::memcpy(&word, bytes.data() + at, bytes.size() - at);
  return mix(hash ^ word);
}

std::string setting(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

}  // namespace

std::string CacheKey::text() const {
  char digits[33];
  std::snprintf(digits, sizeof(digits), "%016llx%016llx", static_cast<unsigned long long>(high),
                static_cast<unsigned long long>(low));
  return digits;
}

KeyMaker& KeyMaker::add(std::string_view part) {
  key_ = {hashOf(part, key_.high), hashOf(part, ~key_.low)};
  return *this;
}

KernelCache::KernelCache(fs::path folder, uint64_t limitBytes) : folder_(std::move(folder)), limit_(limitBytes) {}

KernelCache KernelCache::ofEnvironment() {
  const std::string given = setting("IBEX_CUDA_CACHE");
  if (given == "off") return KernelCache(fs::path());
  if (!given.empty()) return KernelCache(given);
  const std::string caches = setting("XDG_CACHE_HOME");
  if (!caches.empty()) return KernelCache(fs::path(caches) / "ibex" / "cuda");
  const std::string home = setting("HOME");
  return KernelCache(home.empty() ? fs::path() : fs::path(home) / ".cache" / "ibex" / "cuda");
}

fs::path KernelCache::fileOf(const CacheKey& key) const { return folder_ / (key.text() + kSuffix); }

std::optional<std::string> KernelCache::find(const CacheKey& key) const {
  if (folder_.empty()) return std::nullopt;
  const fs::path file = fileOf(key);
  std::ifstream in(file, std::ios::binary);
  Head head{};
  if (!in.read(reinterpret_cast<char*>(&head), sizeof(head))) return std::nullopt;
  if (head.mark != kMark || head.high != key.high || head.low != key.low) return std::nullopt;
  const std::string image{std::istreambuf_iterator<char>(in), {}};
  if (image.size() != head.bytes || hashOf(image, kMark) != head.sum) return std::nullopt;
  std::error_code ignored;
  fs::last_write_time(file, fs::file_time_type::clock::now(), ignored);  // it was used
  return image;
}

void KernelCache::store(const CacheKey& key, std::string_view image) const {
  if (folder_.empty()) return;
  std::error_code failed;
  fs::create_directories(folder_, failed);
  if (failed) return;
  static std::atomic<unsigned> stored{0};
  const unsigned number = stored++;
  const fs::path file = fileOf(key);
  const fs::path part = folder_ / (std::to_string(getpid()) + "-" + std::to_string(number) + ".part");
  const Head head{kMark, key.high, key.low, image.size(), hashOf(image, kMark)};
  std::ofstream out(part, std::ios::binary);
  out.write(reinterpret_cast<const char*>(&head), sizeof(head));
  out.write(image.data(), static_cast<std::streamsize>(image.size()));
  out.close();
  if (out) fs::rename(part, file, failed);
  if (!out || failed) fs::remove(part, failed);
  constexpr unsigned kTrimEvery = 256;
  if (number % kTrimEvery == 0) trim();
}

void KernelCache::trim() const {
  struct File {
    fs::path path;
    uint64_t bytes;
    fs::file_time_type used;
  };
  std::vector<File> files;
  uint64_t total = 0;
  std::error_code failed;
  const auto dayAgo = fs::file_time_type::clock::now() - std::chrono::hours(24);
  for (const fs::directory_entry& entry : fs::directory_iterator(folder_, failed)) {
    const File file{entry.path(), entry.file_size(failed), entry.last_write_time(failed)};
    if (failed) continue;
    if (file.path.extension() == kSuffix) {
      total += file.bytes;
      files.push_back(file);
    } else if (file.path.extension() == ".part" && file.used < dayAgo) {
      fs::remove(file.path, failed);  // of a process that was killed
    }
  }
  if (total <= limit_) return;
  std::sort(files.begin(), files.end(), [](const File& a, const File& b) { return a.used < b.used; });
  for (const File& file : files) {
    if (total <= limit_ / 4 * 3) return;
    fs::remove(file.path, failed);
    total -= file.bytes;
  }
}

}  // namespace ibex::cuda
