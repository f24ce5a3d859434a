// Numbers that JavaScript holds for native objects. A number says what kind of object it stands for, and is not given
// again for a while after its object is gone, so that a stale or mistaken one is an error and not another object.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "ir/error.h"

namespace ibex::bindings {

enum class HandleKind : uint32_t { kBuffer = 1, kVariable = 2, kProgram = 3 };

constexpr const char* handleKindName(HandleKind kind) {
  switch (kind) {
    case HandleKind::kBuffer: return "buffer";
    case HandleKind::kVariable: return "variable";
    case HandleKind::kProgram: return "program";
  }
  return "object";
}

// Bits of a handle: 2 of kind, 7 of generation, 22 of index; always a positive int32.
template <class T, HandleKind Kind>
class HandleTable {
 public:
  int32_t add(T object) {
    uint32_t index;
    if (free_.empty()) {
      index = static_cast<uint32_t>(slots_.size());
      if (index > kIndexMask) throw Error(ErrorCode::kOutOfMemory, "Too many live native objects.");
      slots_.emplace_back();
    } else {
      index = free_.back();
      free_.pop_back();
    }
    Slot& slot = slots_[index];
    slot.object = std::move(object);
    slot.references = 1;
    ++live_;
    ++created_;
    return static_cast<int32_t>((static_cast<uint32_t>(Kind) << 29) | (slot.generation << 22) | index);
  }

  const T& get(int64_t handle) const { return slots_[indexOf(handle)].object; }

  void retain(int64_t handle) { ++slots_[indexOf(handle)].references; }

  void release(int64_t handle) {
    const uint32_t index = indexOf(handle);
    Slot& slot = slots_[index];
    if (--slot.references > 0) return;
    slot.object = T();
    slot.generation = (slot.generation + 1) & kGenerationMask;
    free_.push_back(index);
    --live_;
  }

  size_t live() const { return live_; }
  uint64_t created() const { return created_; }

 private:
  static constexpr uint32_t kIndexMask = (1u << 22) - 1;
  static constexpr uint32_t kGenerationMask = (1u << 7) - 1;

  struct Slot {
    T object{};
    uint32_t generation = 0;
    uint32_t references = 0;
  };

  uint32_t indexOf(int64_t handle) const {
    const auto bits = static_cast<uint32_t>(handle);
    const uint32_t index = bits & kIndexMask;
    const bool valid = handle > 0 && handle <= INT32_MAX && (bits >> 29) == static_cast<uint32_t>(Kind) &&
                       index < slots_.size() && slots_[index].references > 0 &&
                       slots_[index].generation == ((bits >> 22) & kGenerationMask);
    if (!valid) {
      throw Error(ErrorCode::kInvalidArgument,
                  std::to_string(handle) + " is no live " + handleKindName(Kind) + " handle.");
    }
    return index;
  }

  std::vector<Slot> slots_;
  std::vector<uint32_t> free_;
  size_t live_ = 0;
  uint64_t created_ = 0;
};

}  // namespace ibex::bindings
