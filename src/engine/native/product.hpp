// Matrix products of one thread, after Goto & van de Geijn 2008: B is packed into panels that stay in the first-level cache,
// a tile of C is kept in registers. The matrices of an update are small (256 to 1024 a side), so there is no third level of blocks.
#pragma once

#include <algorithm>
#include <vector>

#include "vectors.hpp"

namespace graft {

// A matrix in memory: element (i, j) is at data[i * row + j * column]. One of the two strides is 1.
struct Matrix {
  const float* data;
  std::ptrdiff_t row;
  std::ptrdiff_t column;
};

constexpr int kTileVectors = 2;
constexpr int kTileColumns = kTileVectors * kLanes;
constexpr int kBlockDepth = 256;
// Products with fewer columns are sums of rows: a tile would be mostly empty.
constexpr int kFewColumns = 4;

// Memory of one thread for packed panels.
struct Workspace {
  std::vector<float> memory;
  float* panels(std::size_t size) {
    if (memory.size() < size + kLanes) memory.resize(size + kLanes);
    const auto address = reinterpret_cast<std::size_t>(memory.data());
    return memory.data() + (64 - address % 64) % 64 / sizeof(float);
  }
};

// Packs `depth` rows of B from row k into panels [depth][kTileColumns]; columns past the last are zero.
inline void pack(const Matrix& b, int k, int depth, int columns, float* panels) {
  for (int j = 0; j < columns; j += kTileColumns, panels += depth * kTileColumns) {
    const int width = std::min(kTileColumns, columns - j);
    const float* from = b.data + k * b.row + j * b.column;
    if (width < kTileColumns) {
      for (int p = 0; p < depth; p++)
        for (int i = 0; i < kTileColumns; i++)
          panels[p * kTileColumns + i] = i < width ? from[p * b.row + i * b.column] : 0;
    } else if (b.column == 1) {
      for (int p = 0; p < depth; p++)
        for (int v = 0; v < kTileVectors; v++)
          store(panels + p * kTileColumns + v * kLanes, load(from + p * b.row + v * kLanes));
    } else {
      int p = 0;
      for (; p + kLanes <= depth; p += kLanes)
        for (int v = 0; v < kTileVectors; v++) {
          Vector rows[kLanes];
          for (int i = 0; i < kLanes; i++) rows[i] = load(from + p + (v * kLanes + i) * b.column);
          transpose(rows);
          for (int i = 0; i < kLanes; i++) store(panels + (p + i) * kTileColumns + v * kLanes, rows[i]);
        }
      for (; p < depth; p++)
        for (int i = 0; i < kTileColumns; i++) panels[p * kTileColumns + i] = from[p + i * b.column];
    }
  }
}

// C[rows, kTileColumns] (+)= A[rows, depth] panel, with the tile in registers. `start` is what C begins with: a row, or null for C itself.
template <int rows>
inline void tile(const float* a, std::ptrdiff_t row, std::ptrdiff_t column, int depth, const float* panel, float* c,
                 std::ptrdiff_t stride, const float* start) {
  Vector sums[rows][kTileVectors];
#pragma GCC unroll 16
  for (int i = 0; i < rows; i++)
#pragma GCC unroll 2
    for (int v = 0; v < kTileVectors; v++) sums[i][v] = load((start ? start : c + i * stride) + v * kLanes);
  for (int p = 0; p < depth; p++) {
    const Vector b0 = load(panel), b1 = load(panel + kLanes);
#pragma GCC unroll 16
    for (int i = 0; i < rows; i++) {
      const float value = a[i * row];
      sums[i][0] += value * b0;
      sums[i][1] += value * b1;
    }
    a += column;
    panel += kTileColumns;
  }
#pragma GCC unroll 16
  for (int i = 0; i < rows; i++)
#pragma GCC unroll 2
    for (int v = 0; v < kTileVectors; v++) store(c + i * stride + v * kLanes, sums[i][v]);
}

typedef void (*Tile)(const float*, std::ptrdiff_t, std::ptrdiff_t, int, const float*, float*, std::ptrdiff_t, const float*);

template <int... counts>
struct Tiles {
  static constexpr Tile of[] = {nullptr, tile<counts>...};
};

inline Tile tileOf(int rows) {
  using All = Tiles<1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12>;
  return All::of[rows];
}

// As `tile`, where C has fewer columns than a tile: through a buffer.
inline void narrowTile(const Matrix& a, int rows, int depth, const float* panel, float* c, std::ptrdiff_t stride,
                       int width, const float* start) {
  alignas(64) float buffer[12 * kTileColumns] = {};
  for (int i = 0; i < rows; i++)
    std::copy_n(start ? start : c + i * stride, width, buffer + i * kTileColumns);
  tileOf(rows)(a.data, a.row, a.column, depth, panel, buffer, kTileColumns, nullptr);
  for (int i = 0; i < rows; i++) std::copy_n(buffer + i * kTileColumns, width, c + i * stride);
}

inline float dot(const float* a, const float* b, int size) {
  Vector sums{};
  int i = 0;
  for (; i + kLanes <= size; i += kLanes) sums += load(a + i) * load(b + i);
  float total = sum(sums);
  for (; i < size; i++) total += a[i] * b[i];
  return total;
}

// C = start + A B for a B of a few columns.
inline void fewColumns(int rows, int columns, int depth, const Matrix& a, const Matrix& b, float* c, const float* start,
                       Workspace& workspace) {
  float* column = workspace.panels(depth);
  for (int j = 0; j < columns; j++) {
    for (int p = 0; p < depth; p++) column[p] = b.data[p * b.row + j * b.column];
    const float first = start ? start[j] : 0;
    if (a.column == 1) {
      for (int i = 0; i < rows; i++) c[i * columns + j] = first + dot(a.data + i * a.row, column, depth);
    } else {
      for (int i = 0; i < rows; i++) c[i * columns + j] = first;
      for (int p = 0; p < depth; p++)
        for (int i = 0; i < rows; i++) c[i * columns + j] += a.data[p * a.column + i] * column[p];
    }
  }
}

// C [rows, columns], row-major without gaps, = start + A [rows, depth] B [depth, columns]; `start` is a row that is added to every
// row, or null.
inline void product(int rows, int columns, int depth, const Matrix& a, const Matrix& b, float* c, const float* start,
                    Workspace& workspace) {
  if (columns < kFewColumns) return fewColumns(rows, columns, depth, a, b, c, start, workspace);
  const int panelCount = (columns + kTileColumns - 1) / kTileColumns;
  float* panels = workspace.panels(static_cast<std::size_t>(panelCount) * kTileColumns * (kBlockDepth + 1));
  float* firstRow = panels + static_cast<std::size_t>(panelCount) * kTileColumns * kBlockDepth;
  std::fill_n(firstRow, panelCount * kTileColumns, 0.0f);
  if (start) std::copy_n(start, columns, firstRow);
  for (int k = 0; k < depth; k += kBlockDepth) {
    const int block = std::min(kBlockDepth, depth - k);
    pack(b, k, block, columns, panels);
    for (int i = 0; i < rows; i += kTileRows) {
      const int count = std::min(kTileRows, rows - i);
      const Matrix part{a.data + i * a.row + k * a.column, a.row, a.column};
      const Tile whole = tileOf(count);
      for (int j = 0; j < columns; j += kTileColumns) {
        const float* panel = panels + static_cast<std::size_t>(j) * block;
        const float* begin = k == 0 ? firstRow + j : nullptr;
        float* out = c + static_cast<std::size_t>(i) * columns + j;
        if (columns - j >= kTileColumns)
          whole(part.data, part.row, part.column, block, panel, out, columns, begin);
        else
          narrowTile(part, count, block, panel, out, columns, columns - j, begin);
      }
    }
  }
}

}  // namespace graft
