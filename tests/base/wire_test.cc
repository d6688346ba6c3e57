#include "base/wire.h"

#include <limits>

#include "tests/catch.h"

namespace moondial::wire_test {

TEST_CASE("a message reads back as it was written") {
  WireWriter out;
  for (const uint64_t v : {uint64_t{0}, uint64_t{127}, uint64_t{128}, ~uint64_t{0}}) out.u64(v);
  for (const int64_t v : {int64_t{0}, int64_t{-1}, std::numeric_limits<int64_t>::min(),
                          std::numeric_limits<int64_t>::max()}) {
    out.i64(v);
  }
  out.boolean(true);
  out.f64(-0.1);
  out.str(std::string("a\0b", 3));
  out.str("");

  WireReader in(out.bytes());
  CHECK(in.u64() == 0);
  CHECK(in.u64() == 127);
  CHECK(in.u64() == 128);
  CHECK(in.u64() == ~uint64_t{0});
  CHECK(in.i64() == 0);
  CHECK(in.i64() == -1);
  CHECK(in.i64() == std::numeric_limits<int64_t>::min());
  CHECK(in.i64() == std::numeric_limits<int64_t>::max());
  CHECK(in.boolean());
  CHECK(in.f64() == -0.1);
  CHECK(in.str() == std::string_view("a\0b", 3));
  CHECK(in.str().empty());
  CHECK(in.ok());
  CHECK(in.at_end());
}

TEST_CASE("a message cut anywhere is not ok and reads as zeros") {
  WireWriter out;
  out.u64(300);
  out.str("some text");
  out.f64(1.5);
  for (size_t size = 0; size < out.bytes().size(); ++size) {
    WireReader in(std::string_view(out.bytes()).substr(0, size));
    in.u64();
    in.str();
    in.f64();
    CHECK_FALSE(in.ok());
    CHECK(in.u64() == 0);
    CHECK(in.str().empty());
  }
}

TEST_CASE("a length beyond the message and an endless number are refused") {
  WireWriter out;
  out.u64(~uint64_t{0});
  WireReader in(out.bytes());
  CHECK(in.str().empty());
  CHECK_FALSE(in.ok());

  const std::string endless(20, '\xff');
  WireReader number(endless);
  CHECK(number.u64() == 0);
  CHECK_FALSE(number.ok());
}

}  // namespace moondial::wire_test
