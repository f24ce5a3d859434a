// What is moved without being looked at: UNIT_BYTES (1, 2, 4, 8 or 16) at a time. Macros: also Index, the type that
// counts what a kernel moves (INDEX_BITS: 32 or 64).
namespace ibex_device {

#if UNIT_BYTES == 16
typedef Pack<uint64_t, 2> Unit;
#elif UNIT_BYTES == 8
typedef uint64_t Unit;
#elif UNIT_BYTES == 4
typedef uint32_t Unit;
#elif UNIT_BYTES == 2
typedef uint16_t Unit;
#else
typedef uint8_t Unit;
#endif

#if INDEX_BITS == 64
typedef uint64_t Index;
#else
typedef uint32_t Index;
#endif

}  // namespace ibex_device
