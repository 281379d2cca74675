// `fuzz_replay TARGET [FOLDER...]` drives a libFuzzer target without libFuzzer: the files of its
// corpus, then seeded random inputs and mutations of both.
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

#include "catenet/base/hash.hpp"
#include "catenet/base/types.hpp"

#include "fuzz.hpp"

namespace {

using Input = std::vector<catenet::u8>;
constexpr int rounds = 4'000;

std::vector<Input> read_corpus(const char* folder) {
  std::vector<Input> inputs;
  std::error_code missing;
  for (const auto& entry : std::filesystem::directory_iterator(folder, missing)) {
    std::ifstream file(entry.path(), std::ios::binary);
    inputs.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }
  return inputs;
}

Input mutate(Input input, catenet::u64& counter) {
  const auto draw = [&](std::size_t bound) { return catenet::mix64(++counter) % (bound + 1); };
  if (input.empty()) input.resize(draw(200));
  for (std::size_t n = 1 + draw(4); n > 0 && !input.empty(); --n) {
    const std::size_t at = draw(input.size() - 1);
    switch (draw(4)) {
      case 0: input[at] = static_cast<catenet::u8>(draw(255)); break;
      case 1: input[at] ^= static_cast<catenet::u8>(1u << draw(7)); break;
      case 2: input.resize(at); break;
      case 3:
        input.insert(input.begin() + static_cast<long>(at), static_cast<catenet::u8>(draw(255)));
        break;
      default: input.resize(input.size() + draw(40), static_cast<catenet::u8>(draw(255))); break;
    }
  }
  return input;
}

}  // namespace

int main(int argc, char** argv) {
  const auto* target = catenet::fuzz::Target::find(argc > 1 ? argv[1] : "");
  if (!target) {
    std::fprintf(stderr, "fuzz_replay: no such target; TARGET is the name of a file *_fuzz.cpp\n");
    return 2;
  }
  std::vector<Input> corpus;
  for (int i = 2; i < argc; ++i) {
    for (Input& input : read_corpus(argv[i])) corpus.push_back(std::move(input));
  }
  corpus.emplace_back();
  for (const Input& input : corpus) target->run(input);
  catenet::u64 counter = 1;
  for (int i = 0; i < rounds; ++i) {
    target->run(mutate(corpus[static_cast<std::size_t>(i) % corpus.size()], counter));
  }
  std::printf("%zu inputs, %d mutations\n", corpus.size(), rounds);
}
