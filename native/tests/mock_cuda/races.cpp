#include "tests/mock_cuda/races.h"

#include <dlfcn.h>

#include <algorithm>
#include <cstdio>

namespace host {
namespace {

constexpr size_t kWarp = 32;
constexpr size_t kEnough = 200'000;  // accesses of a launch, after which no more blocks are looked at

}  // namespace

void Races::beginLaunch() {
  // Memory that no launch uses any more would pile up.
  constexpr size_t kMostPages = 4096;
  if (pages_.size() > kMostPages) {
    pages_.clear();
    recent_ = {};
  }
  launchBegin_ = tick_ + 1;
  blocks_.clear();
  found_.clear();
  looked_ = 0;
}

void Races::beginBlock(size_t threads) {
  resting_ = looked_ > kEnough;
  threads_.assign(threads, {});
  blocks_.push_back({tick_ + 1, 0});
  asked_ = false;
  ++tick_;
}

void Races::meetBlock() {
  ++tick_;
  for (Thread& thread : threads_) {
    thread.clock = 1;
    thread.seen.fill(0);
  }
}

void Races::meetWarp(size_t first, unsigned mask) {
  std::array<uint16_t, kWarp> joined{};
  const auto each = [&](const auto& visit) {
    for (size_t lane = 0; lane < kWarp; ++lane) {
      if ((mask >> lane & 1) != 0) visit(lane, threads_[first + lane]);
    }
  };
  each([&](size_t, const Thread& thread) {
    for (size_t i = 0; i < kWarp; ++i) joined[i] = std::max(joined[i], thread.seen[i]);
  });
  each([&](size_t lane, const Thread& thread) { joined[lane] = thread.clock; });
  each([&](size_t, Thread& thread) {
    thread.seen = joined;
    ++thread.clock;
  });
}

void Races::setDynamic(const void* memory, size_t bytes) {
  dynamic_ = reinterpret_cast<uintptr_t>(memory);
  dynamicBytes_ = bytes;
}

bool Races::ordered(const Stamp& before, const Stamp& now, bool isShared) const {
  if (before.tick < launchBegin_ || (before.bytes & now.bytes) == 0) return true;
  if (before.tick < blocks_.back().begin) {
    if (isShared) return true;  // each block has its own
    const auto after = std::upper_bound(blocks_.begin(), blocks_.end(), before.tick,
                                        [](uint32_t tick, const Block& block) { return tick < block.begin; });
    return asked_ && before.tick <= (after - 1)->published;
  }
  if (before.tick < tick_ || before.thread == now.thread) return true;
  return before.thread / kWarp == now.thread / kWarp &&
         threads_[now.thread].seen[before.thread % kWarp] >= before.clock;
}

void Races::check(const Stamp& before, const Stamp& now, uintptr_t at, bool isShared) {
  if (ordered(before, now, isShared) || !found_.empty()) return;
  const bool otherBlock = before.tick < blocks_.back().begin;
  char text[160];
  std::snprintf(text, sizeof text, "threads %u and %u of %s are at the same %s memory (%#zx), and nothing orders them",
                unsigned{before.thread}, unsigned{now.thread}, otherBlock ? "different blocks" : "a block",
                isShared ? "shared" : "global", static_cast<size_t>(at));
  found_ = text;
}

void Races::noteMisaligned(uintptr_t at) {
  char text[80];
  std::snprintf(text, sizeof text, "an access to %#zx is not aligned to its size", static_cast<size_t>(at));
  if (found_.empty()) found_ = text;
}

void Races::access(size_t thread, uintptr_t at, size_t bytes, Access how) {
  ++looked_;
  if (how == Access::kAtomic) {
    asked_ = true;
    if (threads_[thread].fenced) blocks_.back().published = tick_;
  }
  const uintptr_t end = at + bytes;
  for (uintptr_t word = at / 4 * 4; word < end; word += 4) {
    const auto from = static_cast<unsigned>(std::max(word, at) - word);
    const auto to = static_cast<unsigned>(std::min(word + 4, end) - word);
    Stamp now{tick_, threads_[thread].clock};
    now.thread = static_cast<uint16_t>(thread & 0xfff);
    now.bytes = static_cast<uint16_t>(((1u << to) - (1u << from)) & 0xfu);
    Page& page = pageOf(word);
    touch(page.words[word / 4 % kWords], now, how, word, page.isShared || word - dynamic_ < dynamicBytes_);
  }
}

void Races::touch(Word& word, const Stamp& now, Access how, uintptr_t at, bool isShared) {
  for (const Stamp& written : word.written) check(written, now, at, isShared);
  if (how != Access::kAtomic) check(word.counted, now, at, isShared);
  if (how == Access::kRead) {
    Stamp& last = word.reads[0];
    if (last.tick == now.tick && last.thread != now.thread) {
      word.reads[last.thread / kWarp == now.thread / kWarp ? 1 : 2] = last;
    }
    last = now;
    return;
  }
  for (const Stamp& read : word.reads) check(read, now, at, isShared);
  if (how == Access::kAtomic) {
    word.counted = now;
  } else {
    const bool apart = word.written[0].tick == now.tick && (word.written[0].bytes & now.bytes) == 0;
    if (apart) word.written[1] = word.written[0];
    word.written[0] = now;
  }
}

Races::Page& Races::pageOf(uintptr_t at) {
  const uintptr_t number = at / 4 / kWords;
  Page*& recent = recent_[number % recent_.size()];
  if (recent == nullptr || recent->number != number) {
    auto& page = pages_[number];
    if (page == nullptr) {
      page = std::make_unique<Page>();
      page->number = number;
    }
    recent = page.get();
  }
  if (recent->launch != launchBegin_) {
    recent->launch = launchBegin_;
    // What is __shared__ without being dynamic is in the kernel's library.
    Dl_info library;
    recent->isShared = dladdr(reinterpret_cast<void*>(at), &library) != 0;
  }
  return *recent;
}

}  // namespace host
