// Vectors of the widest registers that the machine this is compiled for has, by the compiler's vector extension.
#pragma once

#include <cstddef>
#include <cstring>
#include <utility>

namespace graft {

#if defined(__AVX512F__)
constexpr int kLanes = 16;
constexpr int kTileRows = 12;
#elif defined(__AVX2__)
constexpr int kLanes = 8;
constexpr int kTileRows = 6;
#elif defined(__aarch64__)
constexpr int kLanes = 4;
constexpr int kTileRows = 8;
#else
constexpr int kLanes = 4;
constexpr int kTileRows = 4;
#endif

typedef float Vector __attribute__((vector_size(4 * kLanes)));
typedef int Mask __attribute__((vector_size(4 * kLanes)));

inline Vector load(const float* from) {
  Vector value;
  std::memcpy(&value, from, sizeof value);
  return value;
}

inline void store(float* to, Vector value) { std::memcpy(to, &value, sizeof value); }

// The sum of all lanes, by halves.
inline float sum(Vector value) {
  float parts[kLanes];
  store(parts, value);
  for (int half = kLanes / 2; half > 0; half /= 2)
    for (int i = 0; i < half; i++) parts[i] += parts[i + half];
  return parts[0];
}

// ReLU.
inline Vector positive(Vector value) { return value > 0 ? value : Vector{}; }
inline float positive(float value) { return value > 0 ? value : 0; }

// Each lane's root. The loop over lanes becomes one instruction.
inline Vector root(Vector value) {
  for (int i = 0; i < kLanes; i++) value[i] = __builtin_sqrtf(value[i]);
  return value;
}

// Lanes of two vectors, [a, b], picked by number: `mask` is a constant.
#if defined(__clang__)
template <typename Pick, int... i>
inline Vector pick(Vector a, Vector b, std::integer_sequence<int, i...>) {
  return __builtin_shufflevector(a, b, Pick::of(i)...);
}
#else
template <typename Pick, int... i>
inline Vector pick(Vector a, Vector b, std::integer_sequence<int, i...>) {
  return __builtin_shuffle(a, b, Mask{Pick::of(i)...});
}
#endif

// In blocks of 2 * step lanes: the first halves of both vectors, or the second halves.
template <int step, bool second>
struct Halves {
  static constexpr int of(int i) { return (i & step ? kLanes + i - step : i) + (second ? step : 0); }
};

// Transposes a square of kLanes rows: in each round, rows `step` apart exchange halves of their blocks of 2 * step lanes.
template <int step = 1>
inline void transpose(Vector (&rows)[kLanes]) {
  if constexpr (step < kLanes) {
    using Lanes = std::make_integer_sequence<int, kLanes>;
#pragma GCC unroll 16
    for (int i = 0; i < kLanes; i++) {
      if (i & step) continue;
      const Vector a = rows[i], b = rows[i + step];
      rows[i] = pick<Halves<step, false>>(a, b, Lanes{});
      rows[i + step] = pick<Halves<step, true>>(a, b, Lanes{});
    }
    transpose<2 * step>(rows);
  }
}

}  // namespace graft
