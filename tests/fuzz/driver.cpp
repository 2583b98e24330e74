// A fuzz target without libFuzzer: `fuzz_x [-runs=N] [-seed=N] FILE|FOLDER…` replays the files,
// then N mutations of them. Always the same ones for a seed, so that a failing test can be
// repeated; the input that fails is left in the working folder, named as libFuzzer names it.
#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include "tests/fuzz/input.h"

namespace {

namespace fs = std::filesystem;
using Random = std::mt19937_64;

constexpr std::size_t kLongest = 1 << 16;

std::string current;  // for the signal handler

void save(int signal) {
  static const char kName[] = "crash-input";
  if (std::FILE* file = std::fopen(kName, "wb")) {
    std::fwrite(current.data(), 1, current.size(), file);
    std::fclose(file);
  }
  std::fprintf(stderr, "signal %d; the input is in %s (%zu bytes)\n", signal, kName,
               current.size());
  std::_Exit(1);
}

void run(const std::string& input) {
  current = input;
  LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(current.data()), current.size());
}

std::size_t below(Random& random, std::size_t limit) { return limit == 0 ? 0 : random() % limit; }

void mutate(std::string& text, const std::vector<std::string>& corpus, Random& random) {
  const std::size_t at = below(random, text.size() + 1);
  switch (below(random, 6)) {
    case 0:  // flip a bit
      if (at < text.size()) text[at] = static_cast<char>(text[at] ^ (1 << below(random, 8)));
      break;
    case 1:  // another byte, or one more
      if (at < text.size() && random() % 2 == 0)
        text[at] = static_cast<char>(random());
      else
        text.insert(text.begin() + static_cast<std::ptrdiff_t>(at), static_cast<char>(random()));
      break;
    case 2: text.erase(at, below(random, 32)); break;
    case 3: text.resize(at); break;
    case 4: text.insert(at, text.substr(below(random, text.size() + 1), below(random, 64))); break;
    default: {  // a piece of another one
      const std::string& other = corpus[below(random, corpus.size())];
      text.insert(at, other.substr(below(random, other.size() + 1), below(random, 256)));
    }
  }
  if (text.size() > kLongest) text.resize(kLongest);
}

void read(const fs::path& path, std::vector<std::string>& corpus) {
  std::ifstream file(path, std::ios::binary);
  corpus.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
}

}  // namespace

int main(int argc, char** argv) {
  std::size_t runs = 0;
  std::uint64_t seed = 1;
  std::vector<std::string> corpus;
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    if (argument.starts_with("-runs="))
      runs = std::stoull(argument.substr(6));
    else if (argument.starts_with("-seed="))
      seed = std::stoull(argument.substr(6));
    else if (argument.starts_with("-"))
      continue;  // libFuzzer's other options
    else if (fs::is_directory(argument)) {
      std::vector<fs::path> files(fs::directory_iterator(argument), fs::directory_iterator{});
      std::sort(files.begin(), files.end());
      for (const fs::path& file : files) read(file, corpus);
    } else {
      read(argument, corpus);
    }
  }
  for (const int signal : {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL}) std::signal(signal, save);
  if (corpus.empty()) {
    std::cerr << "no input: name the files or folders of a corpus\n";
    return 2;
  }
  for (const std::string& input : corpus) run(input);
  Random random(seed);
  for (std::size_t i = 0; i < runs; ++i) {
    std::string input = corpus[below(random, corpus.size())];
    for (std::size_t n = 1 + below(random, 5); n > 0; --n) mutate(input, corpus, random);
    run(input);
  }
  std::cout << corpus.size() << " inputs and " << runs << " mutations: all promises kept\n";
}
