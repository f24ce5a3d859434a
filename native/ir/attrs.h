// Reaching into Attrs without naming its alternatives: for the codec, printer, parser, hash and equality.
#pragma once

#include <cstddef>
#include <type_traits>
#include <utility>
#include <variant>

#include "ir/ops.gen.h"

namespace ibex {

namespace detail {
template <size_t... I>
Attrs defaultAttrs(size_t index, std::index_sequence<I...>) {
  Attrs attrs;
  ((index == I ? (void)attrs.emplace<I>() : (void)0), ...);
  return attrs;
}
}  // namespace detail

// The op's attribute struct with default fields.
inline Attrs defaultAttrs(Op op) {
  return detail::defaultAttrs(opInfo(op).attrs, std::make_index_sequence<std::variant_size_v<Attrs>>());
}

// visitor(name, field&) for every field, in order; nothing for an op without attributes. Constness follows `attrs`.
template <class AttrsRef, class Visitor>
void visitAttrs(AttrsRef& attrs, Visitor&& visitor) {
  std::visit(
      [&](auto& fields) {
        using Fields = std::remove_cvref_t<decltype(fields)>;
        if constexpr (!std::is_same_v<Fields, std::monostate>) Fields::visit(fields, visitor);
      },
      attrs);
}

}  // namespace ibex
