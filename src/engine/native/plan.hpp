// A plan: operations in order, with the places where all threads have to meet. Read from numbers that native/planner.ts writes.
#pragma once

#include <stdexcept>
#include <variant>
#include <vector>

#include "operations.hpp"
#include "strided.hpp"

namespace graft {

// Why threads meet before an operation: not at all; only where they share rows rather than heads; in any case.
enum class Meeting { none, unless_heads, always };

struct Instruction {
  Meeting meeting;
  std::variant<Dense, DenseBack, DenseInputGradient, DenseWeightGradient, AdamW, Lerp, SumSquares, Elementwise, Reduce>
      operation;

  // Heads of an operation that is shared out by heads, else 0.
  int heads() const {
    return std::visit(
        [](const auto& operation) {
          if constexpr (requires { operation.heads; }) return operation.heads;
          return 0;
        },
        operation);
  }

  void run(const Worker& worker) const {
    std::visit(
        [&](const auto& operation) {
          if constexpr (requires { operation.run(worker); }) operation.run(worker);
          else if (worker.index == 0) operation.run(worker.arena);
        },
        operation);
  }
};

// Takes the numbers of a plan one after another.
class Reader {
 public:
  Reader(const double* numbers, std::size_t count) : at_(numbers), end_(numbers + count) {}
  bool done() const { return at_ == end_; }
  double number() {
    if (done()) throw std::runtime_error("a plan ends in the middle of an operation");
    return *at_++;
  }
  std::int64_t place() { return static_cast<std::int64_t>(number()); }
  int integer() { return static_cast<int>(number()); }

  Nest nest() {
    const int operands = integer(), loops = integer();
    Nest nest;
    for (int i = 0; i < loops; i++) nest.sizes.push_back(place());
    for (int o = 0; o < operands; o++) {
      nest.starts.push_back(place());
      auto& strides = nest.strides.emplace_back();
      for (int i = 0; i < loops; i++) strides.push_back(place());
    }
    return nest;
  }

 private:
  const double* at_;
  const double* end_;
};

// The fields of an operation are written in the order in which it declares them.
inline Instruction readInstruction(Reader& r) {
  const auto meeting = static_cast<Meeting>(r.integer());
  switch (r.integer()) {
    case 0:
      return {meeting, Dense{r.integer(), r.integer(), r.integer(), r.integer(), r.place(), r.place(), r.place(), r.place(),
                             r.place(), r.place(), r.place(), r.integer(), r.integer(), r.number()}};
    case 1:
      return {meeting, DenseBack{r.integer(), r.integer(), r.integer(), r.place(), r.place(), r.place(), r.place(), r.place(),
                                 r.integer(), r.integer()}};
    case 2:
      return {meeting, DenseInputGradient{r.integer(), r.integer(), r.integer(), r.integer(), r.place(), r.place(), r.place()}};
    case 3:
      return {meeting, DenseWeightGradient{r.integer(), r.integer(), r.integer(), r.integer(), r.place(), r.place(), r.place(),
                                           r.place(), r.place()}};
    case 4:
      return {meeting, AdamW{r.place(), r.place(), r.place(), r.place(), r.place(), r.place(), r.place(), r.place(), r.place(),
                             r.place(), r.place(), r.place(), r.number(), r.number()}};
    case 5:
      return {meeting, Lerp{r.place(), r.place(), r.place(), r.place(), r.number()}};
    case 6:
      return {meeting, SumSquares{r.place(), r.place(), r.place()}};
    case 7:
      return {meeting, Elementwise{static_cast<Function>(r.integer()), r.nest()}};
    case 8:
      return {meeting, Reduce{static_cast<Reduction>(r.integer()), r.place(), r.place(), r.nest()}};
    default:
      throw std::runtime_error("a plan has an unknown operation");
  }
}

using Plan = std::vector<Instruction>;

inline Plan readPlan(const double* numbers, std::size_t count) {
  Reader reader(numbers, count);
  Plan plan;
  while (!reader.done()) plan.push_back(readInstruction(reader));
  return plan;
}

}  // namespace graft
