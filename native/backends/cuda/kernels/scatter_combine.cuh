// An element and an update of it. Macros: STORED and VALUE, the types that elements are stored in and computed in (of
// bool: uint8_t), and COMBINE: the value of `old` and `update`.
namespace ibex_device {

IBEX_FN VALUE addUpdate(VALUE old, VALUE update) {
  if constexpr (std::is_integral_v<VALUE>) {
    return VALUE(uint64_t(old) + uint64_t(update));
  } else {
    return old + update;
  }
}
IBEX_FN VALUE mulUpdate(VALUE old, VALUE update) {
  if constexpr (std::is_integral_v<VALUE>) {
    return VALUE(uint64_t(old) * uint64_t(update));
  } else {
    return old * update;
  }
}
// NaN stays, and an update that is NaN is taken.
IBEX_FN VALUE maxUpdate(VALUE old, VALUE update) { return old != old || old >= update ? old : update; }
IBEX_FN VALUE minUpdate(VALUE old, VALUE update) { return old != old || old <= update ? old : update; }
IBEX_FN VALUE setUpdate(VALUE, VALUE update) { return update; }

typedef Element<STORED, VALUE> Stored;

}  // namespace ibex_device
