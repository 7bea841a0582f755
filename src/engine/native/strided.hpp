// Element-wise operations, copies and reductions over strided tensors: what is left of a program beside its large products. Small,
// so one thread does them.
#pragma once

#include <array>
#include <cmath>
#include <cstdint>
#include <vector>

namespace graft {

constexpr int kMostOperands = 3;

// A loop nest: sizes, and for every operand where it begins and how far each loop moves it.
struct Nest {
  std::vector<std::int64_t> sizes;
  std::vector<std::int64_t> starts;                // result first
  std::vector<std::vector<std::int64_t>> strides;  // [operand][loop]
};

// Calls body(places of all operands, size, innermost strides) for each innermost loop.
template <typename Body>
void forEachRow(const Nest& nest, Body body) {
  const int loops = static_cast<int>(nest.sizes.size());
  const int operands = static_cast<int>(nest.starts.size());
  std::array<std::int64_t, kMostOperands + 1> at{};
  for (int o = 0; o < operands; o++) at[o] = nest.starts[o];
  std::vector<std::int64_t> counter(loops, 0);
  for (;;) {
    body(at);
    int loop = loops - 2;
    for (; loop >= 0; loop--) {
      for (int o = 0; o < operands; o++) at[o] += nest.strides[o][loop];
      if (++counter[loop] < nest.sizes[loop]) break;
      for (int o = 0; o < operands; o++) at[o] -= nest.strides[o][loop] * nest.sizes[loop];
      counter[loop] = 0;
    }
    if (loop < 0) return;
  }
}

enum class Function {
  copy, abs, neg, sign, exp, log, sqrt, tanh, relu, reciprocal, sigmoid, floor, step, logical_not, softplus,
  add, sub, mul, div, max, min, pow, greater, greater_or_equal, less, less_or_equal, equal, logical_and, logical_or,
  where, clip,
};

struct Elementwise {
  Function function;
  Nest nest;

  void run(float* arena) const {
    switch (function) {
      case Function::copy: return unary(arena, [](float x) { return x; });
      case Function::abs: return unary(arena, [](float x) { return std::fabs(x); });
      case Function::neg: return unary(arena, [](float x) { return -x; });
      case Function::sign: return unary(arena, [](float x) { return static_cast<float>((x > 0) - (x < 0)); });
      case Function::exp: return unary(arena, [](float x) { return std::exp(x); });
      case Function::log: return unary(arena, [](float x) { return std::log(x); });
      case Function::sqrt: return unary(arena, [](float x) { return std::sqrt(x); });
      case Function::tanh: return unary(arena, [](float x) { return std::tanh(x); });
      case Function::relu: return unary(arena, [](float x) { return x > 0 ? x : x == x ? 0 : x; });
      case Function::reciprocal: return unary(arena, [](float x) { return 1 / x; });
      case Function::sigmoid: return unary(arena, [](float x) { return 1 / (1 + std::exp(-x)); });
      case Function::floor: return unary(arena, [](float x) { return std::floor(x); });
      case Function::step: return unary(arena, [](float x) { return x > 0 ? 1.0f : x == x ? 0.0f : x; });
      case Function::logical_not: return unary(arena, [](float x) { return x == 0 ? 1.0f : 0.0f; });
      case Function::softplus:
        return unary(arena, [](float x) { return x > 0 ? x + std::log1p(std::exp(-x)) : std::log1p(std::exp(x)); });
      case Function::add: return binary(arena, [](float a, float b) { return a + b; });
      case Function::sub: return binary(arena, [](float a, float b) { return a - b; });
      case Function::mul: return binary(arena, [](float a, float b) { return a * b; });
      case Function::div: return binary(arena, [](float a, float b) { return a / b; });
      case Function::max: return binary(arena, [](float a, float b) { return a > b || a != a ? a : b; });
      case Function::min: return binary(arena, [](float a, float b) { return a < b || a != a ? a : b; });
      case Function::pow: return binary(arena, [](float a, float b) { return std::pow(a, b); });
      case Function::greater: return binary(arena, [](float a, float b) { return a > b ? 1.0f : 0.0f; });
      case Function::greater_or_equal: return binary(arena, [](float a, float b) { return a >= b ? 1.0f : 0.0f; });
      case Function::less: return binary(arena, [](float a, float b) { return a < b ? 1.0f : 0.0f; });
      case Function::less_or_equal: return binary(arena, [](float a, float b) { return a <= b ? 1.0f : 0.0f; });
      case Function::equal: return binary(arena, [](float a, float b) { return a == b ? 1.0f : 0.0f; });
      case Function::logical_and: return binary(arena, [](float a, float b) { return a != 0 && b != 0 ? 1.0f : 0.0f; });
      case Function::logical_or: return binary(arena, [](float a, float b) { return a != 0 || b != 0 ? 1.0f : 0.0f; });
      case Function::where: return ternary(arena, [](float c, float a, float b) { return c != 0 ? a : b; });
      case Function::clip:
        return ternary(arena, [](float x, float low, float high) { return x < low ? low : x > high ? high : x; });
    }
  }

 private:
  template <typename F>
  void unary(float* arena, F f) const {
    const auto n = nest.sizes.back(), so = nest.strides[0].back(), sa = nest.strides[1].back();
    forEachRow(nest, [&](const auto& at) {
      float* out = arena + at[0];
      const float* a = arena + at[1];
      for (std::int64_t i = 0; i < n; i++) out[i * so] = f(a[i * sa]);
    });
  }

  template <typename F>
  void binary(float* arena, F f) const {
    const auto n = nest.sizes.back(), so = nest.strides[0].back();
    const auto sa = nest.strides[1].back(), sb = nest.strides[2].back();
    forEachRow(nest, [&](const auto& at) {
      float* out = arena + at[0];
      const float *a = arena + at[1], *b = arena + at[2];
      if (so == 1 && sa == 1 && sb == 1)
        for (std::int64_t i = 0; i < n; i++) out[i] = f(a[i], b[i]);
      else if (so == 1 && sa == 1 && sb == 0)
        for (std::int64_t i = 0; i < n; i++) out[i] = f(a[i], *b);
      else
        for (std::int64_t i = 0; i < n; i++) out[i * so] = f(a[i * sa], b[i * sb]);
    });
  }

  template <typename F>
  void ternary(float* arena, F f) const {
    const auto n = nest.sizes.back(), so = nest.strides[0].back();
    const auto sa = nest.strides[1].back(), sb = nest.strides[2].back(), sc = nest.strides[3].back();
    forEachRow(nest, [&](const auto& at) {
      for (std::int64_t i = 0; i < n; i++)
        arena[at[0] + i * so] = f(arena[at[1] + i * sa], arena[at[2] + i * sb], arena[at[3] + i * sc]);
    });
  }
};

enum class Reduction { sum, mean, min, max, sum_squares };

// Reduces over the nest's loops in which the result does not move. The result is filled by this operation alone.
struct Reduce {
  Reduction reduction;
  std::int64_t count;   // elements of the result, which has no gaps
  std::int64_t size;    // elements reduced into each
  Nest nest;            // result, operand

  void run(float* arena) const {
    float* out = arena + nest.starts[0];
    const float first = reduction == Reduction::min ? INFINITY : reduction == Reduction::max ? -INFINITY : 0;
    for (std::int64_t i = 0; i < count; i++) out[i] = first;
    switch (reduction) {
      case Reduction::min: fold(arena, [](float a, float x) { return x < a || x != x ? x : a; }); break;
      case Reduction::max: fold(arena, [](float a, float x) { return x > a || x != x ? x : a; }); break;
      case Reduction::sum_squares: fold(arena, [](float a, float x) { return a + x * x; }); break;
      default: fold(arena, [](float a, float x) { return a + x; });
    }
    if (reduction == Reduction::mean)
      for (std::int64_t i = 0; i < count; i++) out[i] /= size;
  }

 private:
  template <typename F>
  void fold(float* arena, F f) const {
    const auto n = nest.sizes.back(), so = nest.strides[0].back(), sa = nest.strides[1].back();
    forEachRow(nest, [&](const auto& at) {
      float* out = arena + at[0];
      const float* a = arena + at[1];
      if (so == 1 && sa == 1)
        for (std::int64_t i = 0; i < n; i++) out[i] = f(out[i], a[i]);
      else
        for (std::int64_t i = 0; i < n; i++) out[i * so] = f(out[i * so], a[i * sa]);
    });
  }
};

}  // namespace graft
