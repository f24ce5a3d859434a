// How a product of matrices is laid over blocks, for the kernels that begin with kernels/tile_product.cuh.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "backends/cuda/codegen/element_code.h"
#include "backends/cuda/runtime/context.h"
#include "ir/dtype.h"
#include "ir/epilogue.h"

namespace ibex::cuda {

using Macros = std::vector<std::pair<std::string, std::string>>;

// The last argument of the kernels; as tile_product.cuh's.
struct EpilogueArguments {
  void* out = nullptr;
  void* parts = nullptr;
  const void* scale = nullptr;
  const void* bias = nullptr;
  const void* residual = nullptr;

  EpilogueArguments(const Epilogue& epilogue, void* const* io)
      : out(io[epilogue.end()]), parts(io[epilogue.end() + 1]) {
    const auto operand = [&](int input) { return input < 0 ? nullptr : io[input]; };
    scale = operand(epilogue.scale);
    bias = operand(epilogue.bias);
    residual = operand(epilogue.residual);
  }
};

class TilePlan {
 public:
  // matrices products of [rows, depth] and [depth, columns]; none of the four is 0, but depth may be.
  TilePlan(const DeviceTraits& traits, DType dtype, int64_t matrices, int64_t rows, int64_t columns, int64_t depth)
      : dtype_(dtype), matrices_(matrices), rows_(rows), columns_(columns), depth_(depth) {
    // Large tiles read less, when there are enough of them.
    for (const int64_t tile : {128, 64, 32}) {
      tileRows_ = tileColumns_ = tile;
      if (rows >= tile && columns >= tile && tiles() >= traits.multiprocessors) break;
    }
    while (tileColumns_ > 16 && tileColumns_ >= 2 * columns) tileColumns_ /= 2;
    while (tileRows_ > 16 && tileRows_ >= 2 * rows) tileRows_ /= 2;
    // Too few tiles: several blocks share the depth of one.
    const int64_t wanted = std::min<int64_t>({2 * traits.multiprocessors / tiles(), depth / kLeastPart, kMostSplits});
    part_ = std::max<int64_t>(1, depth);
    if (wanted > 1) part_ = (depth / wanted + kTileDepth - 1) / kTileDepth * kTileDepth;
    splits_ = std::max<int64_t>(1, (depth + part_ - 1) / part_);
  }

  // What lies in memory of the largest operand and of the result decides about the type of indices.
  Macros macros(int64_t largest, bool leftAlong, bool rightAlong, const Epilogue& epilogue) const {
    const auto flag = [](bool value) { return std::string(value ? "1" : "0"); };
    const auto number = [](int64_t value) { return std::to_string(value); };
    const bool narrow = std::max(largest, splits_ * size()) < (int64_t{1} << 30);
    return {{"STORED", unsignedType(storedType(dtype_))},
            {"VALUE", unsignedType(valueType(dtype_))},
            {"INDEX", narrow ? "int" : "int64_t"},
            {"ROWS", number(rows_)},
            {"COLUMNS", number(columns_)},
            {"DEPTH", number(depth_)},
            {"TILE_ROWS", number(tileRows_)},
            {"TILE_COLUMNS", number(tileColumns_)},
            {"TILE_THREADS", number(kThreads)},
            {"LEFT_ALONG", flag(leftAlong)},
            {"RIGHT_ALONG", flag(rightAlong)},
            {"SPLITS", number(splits_)},
            {"PART", number(part_)},
            {"SCALE", flag(epilogue.scale >= 0)},
            {"BIAS", flag(epilogue.bias >= 0)},
            {"RESIDUAL", flag(epilogue.residual >= 0)},
            {"RELU", flag(epilogue.relu)}};
  }

  LaunchShape shape() const {
    return {{tiles(), 1, splits_}, {kThreads, 1, 1}, 0};
  }
  bool splits() const { return splits_ > 1; }
  LaunchShape combineShape() const { return {{(size() + kThreads - 1) / kThreads, 1, 1}, {kThreads, 1, 1}, 0}; }
  size_t scratchBytes() const {
    if (!splits()) return 0;
    const size_t each = dtype_ == DType::kFloat64 || dtype_ == DType::kInt64 ? 8 : 4;
    return static_cast<size_t>(splits_ * size()) * each;
  }

 private:
  static constexpr int64_t kThreads = 256;
  static constexpr int64_t kTileDepth = 16;
  static constexpr int64_t kLeastPart = 128;  // of the depth, that is worth a block
  static constexpr int64_t kMostSplits = 256;

  // Sums of integers wrap, which only unsigned ones may.
  static std::string unsignedType(const std::string& type) {
    if (type == "int32_t") return "uint32_t";
    return type == "int64_t" ? "uint64_t" : type;
  }

  int64_t rowTiles() const { return (rows_ + tileRows_ - 1) / tileRows_; }
  int64_t tiles() const { return matrices_ * rowTiles() * ((columns_ + tileColumns_ - 1) / tileColumns_); }
  int64_t size() const { return matrices_ * rows_ * columns_; }

  DType dtype_;
  int64_t matrices_, rows_, columns_, depth_;
  int64_t tileRows_ = 32, tileColumns_ = 32, splits_ = 1, part_ = 1;
};

}  // namespace ibex::cuda
