// Two elements into one. Macros: STORED and VALUE, the types that elements are stored in and computed in (of bool: uint8_t).
namespace ibex_device {

// Whole numbers wrap.
IBEX_FN VALUE foldSum(VALUE a, VALUE b) {
  if constexpr (std::is_integral_v<VALUE>) {
    return VALUE(uint64_t(a) + uint64_t(b));
  } else {
    return a + b;
  }
}
IBEX_FN VALUE foldProd(VALUE a, VALUE b) {
  if constexpr (std::is_integral_v<VALUE>) {
    return VALUE(uint64_t(a) * uint64_t(b));
  } else {
    return a * b;
  }
}
// NaN stays once met.
IBEX_FN VALUE foldMax(VALUE a, VALUE b) { return a != a || a >= b ? a : b; }
IBEX_FN VALUE foldMin(VALUE a, VALUE b) { return a != a || a <= b ? a : b; }
IBEX_FN VALUE foldLast(VALUE, VALUE b) { return b; }

typedef Element<STORED, VALUE> Stored;

}  // namespace ibex_device
