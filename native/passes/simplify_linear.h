// The part of simplify() for matrix products and reductions: fewer or cheaper ones for the same sums.
#pragma once

#include <optional>

#include "passes/rewriter.h"

namespace ibex {

// Transposes of the last two axes become flags; a batch that shares its second matrix becomes one product.
std::optional<ValueId> simplifyMatmul(Rewriter& rw, Node& node);

// Of transposes, of reductions, of broadcasts; the sum of a batch of products becomes one product.
std::optional<ValueId> simplifyReduction(Rewriter& rw, Node& node);

}  // namespace ibex
