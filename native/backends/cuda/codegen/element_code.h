// Scalar instructions of a region as C++ expressions on the prelude's types.
#pragma once

#include <string>
#include <vector>

#include "ir/region.h"

namespace ibex::cuda {

// The type that elements are stored in, and the one that values are computed in.
std::string storedType(DType dtype);
std::string valueType(DType dtype);

// A value of `dtype` from a stored element, an element from a value, and a value rounded to `dtype`.
std::string loaded(DType dtype, const std::string& element);
std::string stored(DType dtype, const std::string& value);
std::string rounded(DType dtype, const std::string& value);

std::string immediateCode(const RegionImmediate& immediate);

// operands: expressions of the instruction's operands. Throws Error{kUnsupported} for an operation on a type that it is
// not defined for.
std::string instructionCode(const RegionInstr& instr, const std::vector<std::string>& operands);

// Where a reduction begins, and `a` and `b` combined.
std::string reductionStart(const RegionReduction& reduction);
std::string reductionStep(const RegionReduction& reduction, const std::string& a, const std::string& b);

}  // namespace ibex::cuda
