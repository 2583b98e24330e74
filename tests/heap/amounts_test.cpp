#include "server/heap/amounts.h"

#include "tests/support/catch.h"

using namespace whyalive;
using heap::counted;
using heap::formatByteChange;
using heap::formatBytes;
using heap::formatChange;
using heap::formatCount;

TEST_CASE("amounts read as people write them") {
  CHECK(formatCount(0) == "0");
  CHECK(formatCount(999) == "999");
  CHECK(formatCount(12034) == "12,034");
  CHECK(formatCount(1234567) == "1,234,567");
  CHECK(formatChange(241) == "+241");
  CHECK(formatChange(-1200) == "-1,200");
  CHECK(formatChange(INT64_MIN) == "-9,223,372,036,854,775,808");
  CHECK(formatChange(0) == "0");
  CHECK(formatBytes(12) == "12 B");
  CHECK(formatBytes(41'499) == "41.5 kB");
  CHECK(formatBytes(999'949) == "999.9 kB");
  CHECK(formatBytes(999'960) == "1.0 MB");
  CHECK(formatBytes(18'249'999) == "18.2 MB");
  CHECK(formatBytes(1'250'000'000) == "1.2 GB");
  CHECK(formatByteChange(-18'200) == "-18.2 kB");
  CHECK(counted(1, "entry", "entries") == "1 entry");
  CHECK(counted(7036, "entry", "entries") == "7,036 entries");
}
