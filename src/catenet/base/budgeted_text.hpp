// BudgetedText: what something prints, kept up to a limit of its own and a budget that it shares
// with others.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "catenet/base/types.hpp"

namespace catenet {

// What many outputs may occupy together, in bytes.
struct OutputBudget {
  std::size_t left = 64 << 20;
};

class BudgetedText {
 public:
  // What is kept of each output, in bytes; the rest is cut off and said so.
  static constexpr std::size_t most = 1 << 20;
  // What each keeps even when the budget of all is spent.
  static constexpr std::size_t least = 1 << 10;

  // `budget` outlives it.
  explicit BudgetedText(OutputBudget& budget, std::size_t limit = most)
      : budget_(budget), limit_(limit) {}
  BudgetedText(const BudgetedText&) = delete;
  BudgetedText& operator=(const BudgetedText&) = delete;
  ~BudgetedText() { budget_.left += taken_; }

  void add(std::string_view text) {
    if (cut_) return;
    cut_ = text.size() > room();
    text = text.substr(0, room());
    const std::size_t taken = std::min(text.size(), budget_.left);
    budget_.left -= taken;
    taken_ += taken;
    text_ += text;
    if (cut_) text_ += "\n[the rest was cut off]\n";
  }
  const std::string& text() const { return text_; }
  // Gives back what it had of the budget.
  std::string take() {
    budget_.left += std::exchange(taken_, 0);
    return std::exchange(text_, {});
  }

 private:
  std::size_t room() const {
    const std::size_t floor = least - std::min(text_.size(), least);
    return std::min(std::max(budget_.left, floor), limit_ - text_.size());
  }

  OutputBudget& budget_;
  std::size_t limit_;
  std::string text_;
  std::size_t taken_ = 0;  // of the budget
  bool cut_ = false;
};

}  // namespace catenet
