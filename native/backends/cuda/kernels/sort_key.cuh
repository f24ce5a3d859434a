// Elements as unsigned numbers in the wanted order: NaN last, -0 equal to 0. An entry is a key with the element's
// place, which makes a sort stable. Macros: STORED, the elements' type, and KEY, uint32_t or uint64_t; all keys are
// below 2^KEY_BITS.
namespace ibex_device {

#define LAST_KEY (KEY(~KEY(0)) >> (sizeof(KEY) * 8 - KEY_BITS))

template <class T>
struct KeyOf {
  IBEX_FN KEY apply(T value, bool descending) {
    const KEY sign = std::is_signed_v<T> ? KEY(1) << (KEY_BITS - 1) : KEY(0);
    const KEY key = (KEY(value) ^ sign) & LAST_KEY;
    return descending ? LAST_KEY - key : key;
  }
};

// bits: of a float; those of infinity say where NaN begins.
IBEX_FN KEY floatKey(KEY bits, KEY infinity, bool descending) {
  const KEY sign = KEY(1) << (KEY_BITS - 1);
  if ((bits & ~sign) > infinity) return LAST_KEY;
  if (bits == sign) bits = 0;
  const KEY key = (bits & sign) != 0 ? LAST_KEY - bits : bits | sign;
  return descending ? LAST_KEY - key : key;
}
template <>
struct KeyOf<BFloat16> {
  IBEX_FN KEY apply(BFloat16 value, bool descending) { return floatKey(value.bits, 0x7f80u, descending); }
};
template <>
struct KeyOf<Float16> {
  IBEX_FN KEY apply(Float16 value, bool descending) { return floatKey(value.bits, 0x7c00u, descending); }
};
template <>
struct KeyOf<float> {
  IBEX_FN KEY apply(float value, bool descending) {
    FloatBits u;
    u.value = value;
    return floatKey(u.bits, 0x7f800000u, descending);
  }
};
template <>
struct KeyOf<double> {
  IBEX_FN KEY apply(double value, bool descending) {
    union {
      double value;
      uint64_t bits;
    } u = {value};
    return floatKey(KEY(u.bits), KEY(0x7ff0000000000000ull), descending);
  }
};

#if KEY_BITS == 64
struct Entry {
  uint64_t key;
  uint32_t place;
};
IBEX_FN bool before(const Entry& a, const Entry& b) { return a.key != b.key ? a.key < b.key : a.place < b.place; }
IBEX_FN uint32_t placeIn(const Entry& entry) { return entry.place; }
IBEX_FN Entry noEntry() { return {~0ull, ~0u}; }
IBEX_FN Entry entryOf(STORED value, uint32_t place, bool descending) {
  return {KeyOf<STORED>::apply(value, descending), place};
}
#else
typedef uint64_t Entry;
IBEX_FN bool before(Entry a, Entry b) { return a < b; }
IBEX_FN uint32_t placeIn(Entry entry) { return uint32_t(entry); }
IBEX_FN Entry noEntry() { return ~0ull; }  // after all others
IBEX_FN Entry entryOf(STORED value, uint32_t place, bool descending) {
  return Entry(KeyOf<STORED>::apply(value, descending)) << 32 | place;
}
#endif

}  // namespace ibex_device
