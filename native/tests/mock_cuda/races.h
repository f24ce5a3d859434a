// Finds what the threads of a launch do to the same memory with nothing that orders it, and accesses out of alignment:
// kernels report each access, and the engine where threads meet. What is ordered is what CUDA promises: __syncthreads()
// orders a block, __syncwarp() the lanes that it names (shuffles and votes order nothing), and of two blocks a fence
// before an atomic operation the one, an atomic operation before the access the other.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "tests/cuda_host_engine.h"

namespace host {

class Races {
 public:
  void beginLaunch();
  void beginBlock(size_t threads);
  void meetBlock();
  // The lanes of `mask` of the warp that begins with that thread.
  void meetWarp(size_t first, unsigned mask);
  // Whether the launch has been looked at enough: other blocks are left out.
  bool resting() const { return resting_; }
  void fence(size_t thread) { threads_[thread].fenced = true; }
  void access(size_t thread, uintptr_t at, size_t bytes, Access how);
  // Dynamic shared memory of the launch that begins.
  void setDynamic(const void* memory, size_t bytes);

  void noteMisaligned(uintptr_t at);

  // What was found first; empty when nothing was.
  const std::string& found() const { return found_; }

 private:
  // When a thread was at some bytes of a word. Ticks count through all launches: one for each block and each barrier of
  // it.
  struct Stamp {
    uint32_t tick = 0;
    uint16_t clock = 0;  // meetings of its warp since the tick began
    uint16_t thread : 12 = 0;
    uint16_t bytes : 4 = 0;
  };
  // Of four bytes. What there is no room for is forgotten: something may be missed, but nothing is made up.
  struct Word {
    std::array<Stamp, 2> written;  // of different bytes
    Stamp counted;
    std::array<Stamp, 3> reads;  // the last one, one of another thread of that warp, and one of another warp
  };
  static constexpr size_t kWords = 1024;
  struct Page {
    uintptr_t number;
    uint32_t launch = 0;  // that `isShared` is of
    bool isShared = false;
    std::array<Word, kWords> words;
  };
  struct Thread {
    uint16_t clock = 1;
    std::array<uint16_t, 32> seen{};  // of the lanes' clocks
    bool fenced = false;
  };
  struct Block {
    uint32_t begin;
    uint32_t published;  // up to that tick, for blocks that ask
  };

  void check(const Stamp& before, const Stamp& now, uintptr_t at, bool isShared);
  bool ordered(const Stamp& before, const Stamp& now, bool isShared) const;
  void touch(Word& word, const Stamp& now, Access how, uintptr_t at, bool isShared);
  Page& pageOf(uintptr_t at);

  std::unordered_map<uintptr_t, std::unique_ptr<Page>> pages_;
  std::array<Page*, 64> recent_{};
  size_t looked_ = 0;  // accesses of the launch
  bool resting_ = false;
  uintptr_t dynamic_ = 0;
  size_t dynamicBytes_ = 0;
  std::vector<Thread> threads_;
  std::vector<Block> blocks_;
  uint32_t tick_ = 0, launchBegin_ = 0;
  bool asked_ = false;
  std::string found_;
};

}  // namespace host
