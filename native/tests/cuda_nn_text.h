// The text of a graph that is one node of the inputs' types: what kernels of larger ops are tested with.
#pragma once

#include <string>
#include <vector>

namespace ibex::testing {

// "f32[3,4]" of "f32" and {3, 4}.
inline std::string typeText(const std::string& dtype, const std::vector<int64_t>& shape) {
  std::string text = dtype + "[";
  for (size_t i = 0; i < shape.size(); ++i) text += (i > 0 ? "," : "") + std::to_string(shape[i]);
  return text + "]";
}

inline std::string nodeText(const std::string& op, const std::vector<std::string>& inputs,
                            const std::vector<std::string>& outputs, const std::string& attributes = "") {
  std::string text, operands, results, names;
  for (size_t i = 0; i < inputs.size(); ++i) {
    const std::string name = "%" + std::to_string(i);
    text += name + ": " + inputs[i] + " = parameter {index=" + std::to_string(i) + ", state=false}\n";
    operands += (i > 0 ? ", " : " ") + name;
  }
  for (size_t i = 0; i < outputs.size(); ++i) {
    const std::string name = "%" + std::to_string(inputs.size() + i);
    results += (i > 0 ? ", " : "") + name + ": " + outputs[i];
    names += (i > 0 ? ", " : "") + name;
  }
  return text + results + " = " + op + operands + (attributes.empty() ? "" : " {" + attributes + "}") + "\noutputs " +
         names + "\n";
}

}  // namespace ibex::testing
