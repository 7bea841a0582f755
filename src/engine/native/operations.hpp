// What a plan is made of. An operation works on offsets into one arena of floats; each thread does its share.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "product.hpp"

namespace graft {

// One thread's part: what it works on, and its memory. With `head` set, that head alone.
struct Worker {
  float* arena;
  int index;
  int count;
  Workspace& workspace;
  int head = -1;
};

struct Range {
  std::int64_t begin, end;
};

// The share of `size` items, in whole multiples of `grain`, of one of `count` threads.
inline Range shareOf(std::int64_t size, int index, int count, std::int64_t grain = 1) {
  const std::int64_t grains = (size + grain - 1) / grain;
  return {std::min(size, grains * index / count * grain), std::min(size, grains * (index + 1) / count * grain)};
}

// Calls body(head, first row, end row) for a thread's share: whole heads where there are enough, else parts of every head's rows.
template <typename Body>
void shareHeads(const Worker& worker, int heads, int rows, Body body) {
  if (worker.head >= 0) {
    body(worker.head, 0, rows);
  } else if (heads >= worker.count) {
    const Range mine = shareOf(heads, worker.index, worker.count);
    for (auto head = mine.begin; head < mine.end; head++) body(static_cast<int>(head), 0, rows);
  } else {
    const Range mine = shareOf(rows, worker.index, worker.count, kTileRows);
    if (mine.begin == mine.end) return;
    for (int head = 0; head < heads; head++) body(head, static_cast<int>(mine.begin), static_cast<int>(mine.end));
  }
}

// y = x w + bias, per head; with `normalise` each row is normalised, kept in `hat` with its inverse deviation; with `rectify`, ReLU.
struct Dense {
  int heads, rows, inputs, outputs;
  std::int64_t x, x_stride, w, bias, y, hat, inverse;
  int normalise, rectify;
  double epsilon;

  void run(const Worker& worker) const {
    shareHeads(worker, heads, rows, [&](int head, int first, int end) {
      float* arena = worker.arena;
      const std::int64_t at = static_cast<std::int64_t>(head) * rows + first;
      float* out = arena + (normalise ? hat : y) + at * outputs;
      product(end - first, outputs, inputs, {arena + x + head * x_stride + static_cast<std::int64_t>(first) * inputs, inputs, 1},
              {arena + w + static_cast<std::int64_t>(head) * inputs * outputs, outputs, 1}, out,
              arena + bias + static_cast<std::int64_t>(head) * outputs, worker.workspace);
      for (int i = 0; i < end - first; i++) {
        float* row = out + static_cast<std::int64_t>(i) * outputs;
        float* result = arena + y + (at + i) * outputs;
        if (normalise) arena[inverse + at + i] = normaliseRow(row, result);
        else if (rectify) forEach([&](int j, auto get, auto put) { put(row + j, positive(get(row + j))); });
      }
    });
  }

 private:
  // Normalises a row in place, and writes what comes out of the layer.
  float normaliseRow(float* row, float* result) const {
    const float mean = total(row, [](auto value) { return value; }) / outputs;
    const float variance = total(row, [mean](auto value) { return (value - mean) * (value - mean); }) / outputs;
    const float scale = 1 / std::sqrt(variance + static_cast<float>(epsilon));
    forEach([&](int j, auto get, auto put) {
      const auto value = (get(row + j) - mean) * scale;
      put(row + j, value);
      put(result + j, rectify ? positive(value) : value);
    });
    return scale;
  }

  template <typename Term>
  float total(const float* row, Term term) const {
    Vector sums{};
    int j = 0;
    for (; j + kLanes <= outputs; j += kLanes) sums += term(load(row + j));
    float result = sum(sums);
    for (; j < outputs; j++) result += term(row[j]);
    return result;
  }

  // Calls body(column, get, put) for the columns of a row, by vectors and then one by one.
  template <typename Body>
  void forEach(Body body) const {
    int j = 0;
    for (; j + kLanes <= outputs; j += kLanes) body(j, load, store);
    for (; j < outputs; j++)
      body(j, [](const float* from) { return *from; }, [](float* to, float value) { *to = value; });
  }
};

// The gradient before ReLU and normalisation of a Dense, from that after them.
struct DenseBack {
  int heads, rows, outputs;
  std::int64_t dy, y, hat, inverse, dz;
  int normalise, rectify;

  void run(const Worker& worker) const {
    shareHeads(worker, heads, rows, [&](int head, int first, int end) {
      for (int i = first; i < end; i++) {
        const std::int64_t row = static_cast<std::int64_t>(head) * rows + i;
        float* out = worker.arena + dz + row * outputs;
        mask(worker.arena + dy + row * outputs, worker.arena + y + row * outputs, out);
        if (normalise) back(out, worker.arena + hat + row * outputs, worker.arena[inverse + row]);
      }
    });
  }

 private:
  void mask(const float* gradient, const float* value, float* out) const {
    if (!rectify) {
      std::copy_n(gradient, outputs, out);
      return;
    }
    int j = 0;
    for (; j + kLanes <= outputs; j += kLanes) store(out + j, load(value + j) > 0 ? load(gradient + j) : Vector{});
    for (; j < outputs; j++) out[j] = value[j] > 0 ? gradient[j] : 0;
  }

  void back(float* row, const float* normalised, float scale) const {
    Vector means{}, alongs{};
    int j = 0;
    for (; j + kLanes <= outputs; j += kLanes) {
      means += load(row + j);
      alongs += load(row + j) * load(normalised + j);
    }
    float mean = sum(means), along = sum(alongs);
    for (; j < outputs; j++) {
      mean += row[j];
      along += row[j] * normalised[j];
    }
    mean /= outputs;
    along /= outputs;
    for (j = 0; j + kLanes <= outputs; j += kLanes)
      store(row + j, (load(row + j) - mean - load(normalised + j) * along) * scale);
    for (; j < outputs; j++) row[j] = (row[j] - mean - normalised[j] * along) * scale;
  }
};

// dx = dz w', per head.
struct DenseInputGradient {
  int heads, rows, inputs, outputs;
  std::int64_t dz, w, dx;

  void run(const Worker& worker) const {
    shareHeads(worker, heads, rows, [&](int head, int first, int end) {
      const std::int64_t at = static_cast<std::int64_t>(head) * rows + first;
      product(end - first, inputs, outputs, {worker.arena + dz + at * outputs, outputs, 1},
              {worker.arena + w + static_cast<std::int64_t>(head) * inputs * outputs, 1, outputs},
              worker.arena + dx + at * inputs, nullptr, worker.workspace);
    });
  }
};

// dw = x' dz and dbias = the sum of dz's rows, per head.
struct DenseWeightGradient {
  int heads, rows, inputs, outputs;
  std::int64_t x, x_stride, dz, dw, dbias;

  void run(const Worker& worker) const {
    float* arena = worker.arena;
    shareHeads(worker, heads, inputs, [&](int head, int first, int end) {
      const float* gradient = arena + dz + static_cast<std::int64_t>(head) * rows * outputs;
      product(end - first, outputs, rows, {arena + x + head * x_stride + first, 1, inputs}, {gradient, outputs, 1},
              arena + dw + (static_cast<std::int64_t>(head) * inputs + first) * outputs, nullptr, worker.workspace);
      if (first > 0) return;
      float* bias = arena + dbias + static_cast<std::int64_t>(head) * outputs;
      std::fill_n(bias, outputs, 0.0f);
      for (int i = 0; i < rows; i++)
        for (int j = 0; j < outputs; j++) bias[j] += gradient[static_cast<std::int64_t>(i) * outputs + j];
    });
  }
};

// AdamW in one pass over the weights. The moments lack the factors 1 - beta, which are in `size` and `epsilon` (see adamw.ts).
struct AdamW {
  std::int64_t size, p, m, v, g, next_p, next_m, next_v;
  std::int64_t scale, step, epsilon, keep;  // scalars
  double beta1, beta2;

  void run(const Worker& worker) const {
    const Range mine = shareOf(size, worker.index, worker.count, kLanes);
    float* arena = worker.arena;
    const float scaled = arena[scale], kept = arena[keep];
    const float b1 = beta1, b2 = beta2, rate = arena[step], small = arena[epsilon];
    auto i = mine.begin;
    for (; i + kLanes <= mine.end; i += kLanes) {
      const Vector gradient = load(arena + g + i) * scaled;
      const Vector first = load(arena + m + i) * b1 + gradient;
      const Vector second = load(arena + v + i) * b2 + gradient * gradient;
      store(arena + next_m + i, first);
      store(arena + next_v + i, second);
      store(arena + next_p + i, load(arena + p + i) * kept - first * rate / (root(second) + small));
    }
    for (; i < mine.end; i++) {
      const float gradient = arena[g + i] * scaled;
      const float first = arena[m + i] * b1 + gradient;
      const float second = arena[v + i] * b2 + gradient * gradient;
      arena[next_m + i] = first;
      arena[next_v + i] = second;
      arena[next_p + i] = arena[p + i] * kept - first * rate / (std::sqrt(second) + small);
    }
  }
};

// a (1 - t) + b t
struct Lerp {
  std::int64_t size, a, b, out;
  double t;

  void run(const Worker& worker) const {
    const Range mine = shareOf(size, worker.index, worker.count, kLanes);
    const float to = t, from = 1 - t;
    float* arena = worker.arena;
    for (auto i = mine.begin; i < mine.end; i++) arena[out + i] = arena[a + i] * from + arena[b + i] * to;
  }
};

// Sums of squares of fixed pieces, so that the result does not depend on the number of threads.
constexpr std::int64_t kPiece = 16384;

struct SumSquares {
  std::int64_t size, x, pieces;

  void run(const Worker& worker) const {
    const Range mine = shareOf((size + kPiece - 1) / kPiece, worker.index, worker.count);
    for (auto piece = mine.begin; piece < mine.end; piece++) {
      const auto begin = piece * kPiece;
      const auto count = static_cast<int>(std::min(kPiece, size - begin));
      const float* from = worker.arena + x + begin;
      worker.arena[pieces + piece] = dot(from, from, count);
    }
  }
};

}  // namespace graft
