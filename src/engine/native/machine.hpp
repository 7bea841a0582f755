// Runs plans over one arena with a fixed set of threads: the caller's and `threads - 1` that wait for work.
#pragma once

#include <atomic>
#include <cstdlib>
#include <new>
#include <thread>

#include "plan.hpp"

namespace graft {

// How often a waiting thread looks before it sleeps: some tens of microseconds, more than the others need for a small operation.
constexpr int kLooks = 4000;

inline void pauseThread() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#endif
}

// Waits until `value` is not `old`.
inline void waitFor(const std::atomic<unsigned>& value, unsigned old) {
  for (int i = 0; i < kLooks; i++) {
    if (value.load(std::memory_order_acquire) != old) return;
    pauseThread();
  }
  value.wait(old, std::memory_order_acquire);
}

// Where threads wait for each other.
class Barrier {
 public:
  explicit Barrier(int count) : count_(count) {}
  void meet() {
    const unsigned round = round_.load(std::memory_order_relaxed);
    if (arrived_.fetch_add(1, std::memory_order_acq_rel) + 1 == count_) {
      arrived_.store(0, std::memory_order_relaxed);
      round_.fetch_add(1, std::memory_order_acq_rel);
      round_.notify_all();
    } else {
      waitFor(round_, round);
    }
  }

 private:
  const int count_;
  std::atomic<int> arrived_{0};
  std::atomic<unsigned> round_{0};
};

class Machine {
 public:
  Machine(std::size_t floats, int threads) : threads_(threads), barrier_(threads), workspaces_(threads) {
    const std::size_t bytes = (floats * sizeof(float) + 63) / 64 * 64;
    arena_ = static_cast<float*>(std::aligned_alloc(64, bytes));
    if (arena_ == nullptr) throw std::bad_alloc();
    std::memset(arena_, 0, bytes);
    for (int i = 1; i < threads; i++) helpers_.emplace_back([this, i] { serve(i); });
  }

  ~Machine() {
    plan_ = nullptr;
    begin();
    for (auto& helper : helpers_) helper.join();
    std::free(arena_);
  }

  Machine(const Machine&) = delete;
  Machine& operator=(const Machine&) = delete;

  float* arena() { return arena_; }

  std::size_t add(Plan plan) {
    plans_.push_back(std::move(plan));
    return plans_.size() - 1;
  }

  bool has(std::size_t plan) const { return plan < plans_.size(); }

  // Runs a plan to its end. One at a time.
  void run(std::size_t plan) {
    plan_ = &plans_[plan];
    begin();
    work(0);
    barrier_.meet();
  }

 private:
  void begin() {
    started_.fetch_add(1, std::memory_order_acq_rel);
    started_.notify_all();
  }

  void serve(int index) {
    for (unsigned seen = 0;;) {
      waitFor(started_, seen);
      seen++;
      if (plan_ == nullptr) return;
      work(index);
      barrier_.meet();
    }
  }

  void work(int index) {
    const Plan& plan = *plan_;
    const Worker all{arena_, index, threads_, workspaces_[index]};
    for (std::size_t i = 0; i < plan.size();) {
      const int heads = plan[i].heads();
      if (threads_ > 1 && mustMeet(plan[i])) barrier_.meet();
      if (heads < threads_) {
        plan[i++].run(all);
        continue;
      }
      // Head by head through all operations until the next meeting: what one leaves is still in the cache for the next.
      std::size_t end = i + 1;
      while (end < plan.size() && plan[end].heads() == heads && !mustMeet(plan[end])) end++;
      const Range mine = shareOf(heads, index, threads_);
      for (auto head = mine.begin; head < mine.end; head++) {
        Worker one = all;
        one.head = static_cast<int>(head);
        for (std::size_t k = i; k < end; k++) plan[k].run(one);
      }
      i = end;
    }
  }

  bool mustMeet(const Instruction& instruction) const {
    if (instruction.meeting == Meeting::none) return false;
    return instruction.meeting == Meeting::always || instruction.heads() < threads_;
  }

  const int threads_;
  float* arena_;
  std::vector<Plan> plans_;
  const Plan* plan_ = nullptr;
  std::atomic<unsigned> started_{0};
  Barrier barrier_;
  std::vector<Workspace> workspaces_;
  std::vector<std::thread> helpers_;
};

}  // namespace graft
