// Any text as SQL: answered within its limits or refused with a sentence; the heap stays as it is.
#include <chrono>

#include "server/sql/sql_session.h"
#include "tests/fuzz/input.h"
#include "tests/fuzz/sample_heap.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace whyalive;
  static sql::SqlSession session = [] {
    auto opened = sql::SqlSession::open(fuzz::sampleHeap());
    EXPECT(opened);
    return std::move(*opened);
  }();
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const sql::SqlOptions options{.limit = 50,
                                .timeout = std::chrono::milliseconds(300),
                                .memory = Bytes{64} << 20,
                                .resultBytes = Bytes{1} << 20};
  const auto result = session.query(text, options);
  if (result) {
    EXPECT(result->rows.size() <= options.limit);
    for (const auto& row : result->rows) EXPECT(row.size() == result->columns.size());
  } else {
    EXPECT(!result.error().message.empty());
  }
  static std::size_t rounds = 0;
  if (++rounds % 256 == 0) {
    const auto still = session.query("SELECT count(*) FROM objects");
    EXPECT(still && still->rows.size() == 1);
    EXPECT(std::get<std::int64_t>(still->rows[0][0]) ==
           static_cast<std::int64_t>(fuzz::sampleHeap()->graph().objectCount()));
  }
  return 0;
}
