// Waste, copies: one text that is there many times, as what is read from a file or a database makes
// it: ((count - 1) × size). One object would do: sys.intern, or a dict of those that came before.
//
// Equal texts have equal sizes. So the bytes of all str are added up by size first, which looks at
// no text; where a size has enough of them a few thousand are looked at, and only where one text is
// common among these they all are.
#include <algorithm>
#include <string>
#include <string_view>
#include <unordered_map>

#include "server/heap/amounts.h"
#include "server/heap/suspects/waste.h"

namespace whyalive::heap {
namespace {

constexpr std::size_t kLookedAt = 4096;  // texts of one size
constexpr std::size_t kShown = 40;       // bytes of the text in the title

class Copies {
 public:
  Copies(const Ground& ground, Bytes least)
      : ground_(ground), graph_(ground.graph()), least_(least) {
    for (const ShapeRecord& shape : graph_.snapshot().shapes) {
      isText_.push_back(shape.value == ValueKind::Text);
    }
  }

  std::vector<Wasted> find() {
    countSizes();
    std::vector<Wasted> found;
    for (std::uint32_t size = 0; size < counts_.size(); ++size) {
      if (counts_[size] * size < least_) continue;
      for (const std::string_view text : commonTexts(size)) {
        if (auto wasted = count(text, size)) found.push_back(std::move(*wasted));
      }
    }
    return found;
  }

 private:
  template <class Fn>
  void forEachText(Fn fn) const {
    const auto& shapes = graph_.snapshot().shape;
    for (std::uint32_t o = 0; o < shapes.size() && ground_.goesOn(o); ++o) {
      const ObjectIndex object{o};
      if (isText_[shapes[o]] && !ground_.isProgram(object) &&
          ground_.dominators().reachable(object)) {
        fn(object);
      }
    }
  }

  void countSizes() {
    counts_.assign(Snapshot::kLargeSize, 0);
    forEachText([&](ObjectIndex o) {
      const Bytes size = graph_.size(o);
      if (size < counts_.size()) ++counts_[size];
    });
  }

  // Those that seem to have enough copies, by a sample.
  std::vector<std::string_view> commonTexts(std::uint32_t size) const {
    const std::uint64_t step = counts_[size] / kLookedAt + 1;
    std::unordered_map<std::string_view, std::uint64_t> seen;
    std::uint64_t number = 0;
    forEachText([&](ObjectIndex o) {
      if (graph_.size(o) != size || number++ % step != 0) return;
      const auto text = graph_.text(o);
      if (text && !text->cut) ++seen[text->bytes];
    });
    std::vector<std::string_view> common;
    for (const auto& [text, count] : seen) {
      if (count * step * size >= least_ / 2) common.push_back(text);
    }
    std::ranges::sort(common);
    return common;
  }

  std::optional<Wasted> count(std::string_view text, std::uint32_t size) const {
    Wasted wasted;
    const std::uint64_t step = counts_[size] / kWasteSamples + 1;
    forEachText([&](ObjectIndex o) {
      if (graph_.size(o) != size) return;
      const auto other = graph_.text(o);
      if (!other || other->cut || other->bytes != text) return;
      if (wasted.count++ % step == 0) wasted.samples.push_back(o);
    });
    if (wasted.count < 2 || (wasted.count - 1) * size < least_) return std::nullopt;
    wasted.bytes = (wasted.count - 1) * size;
    wasted.type = "str";
    wasted.what =
        formatCount(wasted.count) + " copies of " + graph_.repr(wasted.samples.front(), kShown);
    wasted.note = "one object would do: sys.intern(), or a dict of the texts that came before";
    return wasted;
  }

  const Ground& ground_;
  const HeapGraph& graph_;
  Bytes least_;
  std::vector<bool> isText_;           // by shape
  std::vector<std::uint64_t> counts_;  // by size
};

}  // namespace

void findCopies(const Ground& ground, Bytes least, std::vector<Wasted>& found) {
  for (Wasted& wasted : Copies(ground, least).find()) found.push_back(std::move(wasted));
}

}  // namespace whyalive::heap
