#include "catenet/base/budgeted_text.hpp"

#include <gtest/gtest.h>

namespace catenet {
namespace {

constexpr std::string_view cut = "\n[the rest was cut off]\n";

TEST(BudgetedText, keeps_its_limit_and_says_what_was_cut) {
  OutputBudget budget;
  BudgetedText text(budget, 10);
  text.add("0123456789");
  EXPECT_EQ(text.text(), "0123456789");
  text.add("more");
  text.add("and more");
  EXPECT_EQ(text.text(), "0123456789" + std::string(cut));
}

TEST(BudgetedText, budget_is_shared_and_given_back) {
  OutputBudget budget{3'000};
  BudgetedText first(budget);
  BudgetedText second(budget);
  first.add(std::string(2'500, 'a'));
  second.add(std::string(2'500, 'b'));
  EXPECT_EQ(second.text().size(), BudgetedText::least + cut.size());
  EXPECT_EQ(budget.left, 0u);
  EXPECT_EQ(first.take().size(), 2'500u);
  EXPECT_EQ(second.take().size(), BudgetedText::least + cut.size());
  EXPECT_EQ(budget.left, 3'000u);
}

TEST(BudgetedText, gives_back_what_it_had_when_it_goes) {
  OutputBudget budget{100};
  {
    BudgetedText text(budget);
    text.add("0123456789");
    EXPECT_EQ(budget.left, 90u);
  }
  EXPECT_EQ(budget.left, 100u);
}

}  // namespace
}  // namespace catenet
