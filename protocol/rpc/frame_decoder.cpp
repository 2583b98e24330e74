#include "protocol/rpc/frame_decoder.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <utility>

namespace whyalive::rpc {
namespace {

constexpr std::string_view kLengthName = "content-length:";
constexpr std::string_view kHeaderEnd = "\r\n\r\n";

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::size_t findIgnoringCase(std::string_view text, std::string_view name) {
  auto at = std::search(text.begin(), text.end(), name.begin(), name.end(),
                        [](char a, char b) { return lower(a) == b; });
  return at == text.end() ? std::string_view::npos : static_cast<std::size_t>(at - text.begin());
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// A line that is no header field tells that the stream is damaged: the block may be two frames
// glued.
bool isField(std::string_view line) {
  std::size_t colon = line.find(':');
  if (colon == 0 || colon == std::string_view::npos) return false;
  return std::all_of(line.begin(), line.begin() + static_cast<std::ptrdiff_t>(colon), [](char c) {
    return c == '-' || (c >= '0' && c <= '9') || (lower(c) >= 'a' && lower(c) <= 'z');
  });
}

// The value of the one Content-Length line; other fields are allowed and ignored.
std::optional<std::uint64_t> contentLength(std::string_view block) {
  std::optional<std::uint64_t> found;
  while (!block.empty()) {
    std::size_t end = std::min(block.find("\r\n"), block.size());
    std::string_view line = block.substr(0, end);
    block.remove_prefix(std::min(end + 2, block.size()));
    if (!isField(line)) return std::nullopt;
    if (findIgnoringCase(line, kLengthName) != 0) continue;
    std::string_view digits = trim(line.substr(kLengthName.size()));
    std::uint64_t value = 0;
    auto [stop, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    bool whole = error == std::errc() && stop == digits.data() + digits.size();
    if (!whole || (found && *found != value)) return std::nullopt;
    found = value;
  }
  return found;
}

}  // namespace

void FrameDecoder::feed(std::string_view bytes) {
  if (start_ > 0 && (start_ == buffer_.size() || start_ > buffer_.size() / 2)) {
    buffer_.erase(0, start_);
    start_ = 0;
  }
  buffer_.append(bytes);
}

std::optional<Result<std::string>> FrameDecoder::next() {
  if (state_ == State::Skip && !skip()) return std::nullopt;
  if (state_ == State::Lost && !find()) return std::nullopt;
  if (state_ == State::Header) {
    auto problem = readHeader();
    if (problem) return problem;
  }
  if (state_ == State::Body) return readBody();
  return std::nullopt;
}

// Leaves the state at Body when a whole header was read; answers only when something is wrong.
std::optional<Result<std::string>> FrameDecoder::readHeader() {
  std::size_t end = pending().find(kHeaderEnd, scanned_);
  if (end == std::string_view::npos) {
    std::size_t size = pending().size();
    if (size > limits_.header) return lose("the header of a message is too long");
    scanned_ = size < kHeaderEnd.size() ? 0 : size - kHeaderEnd.size() + 1;
    return std::nullopt;
  }
  if (end > limits_.header) return lose("the header of a message is too long");
  std::optional<std::uint64_t> length = contentLength(pending().substr(0, end));
  if (!length) return lose("a message has no valid Content-Length");
  consume(end + kHeaderEnd.size());
  scanned_ = 0;
  if (*length > limits_.body) {
    length_ = static_cast<std::size_t>(*length);
    state_ = State::Skip;
    return Result<std::string>(
        fail(ErrorCode::ResourceExhausted, "a message of " + std::to_string(*length) +
                                               " bytes is over the limit of " +
                                               std::to_string(limits_.body)));
  }
  length_ = static_cast<std::size_t>(*length);
  state_ = State::Body;
  return std::nullopt;
}

std::optional<Result<std::string>> FrameDecoder::readBody() {
  if (pending().size() < length_) return std::nullopt;
  std::string body(pending().substr(0, length_));
  consume(length_);
  state_ = State::Header;
  return Result<std::string>(std::move(body));
}

std::optional<Result<std::string>> FrameDecoder::lose(std::string message) {
  state_ = State::Lost;
  scanned_ = 0;
  // The line at fault may itself start with the name that find() looks for.
  consume(std::min<std::size_t>(1, pending().size()));
  return Result<std::string>(fail(ErrorCode::Corrupt, std::move(message)));
}

// Drops the body of a frame that is too large; true when it is gone.
bool FrameDecoder::skip() {
  std::size_t count = std::min(length_, pending().size());
  consume(count);
  length_ -= count;
  if (length_ > 0) return false;
  state_ = State::Header;
  return true;
}

// Drops bytes up to the next place that looks like a header; true when one was found.
bool FrameDecoder::find() {
  std::size_t at = findIgnoringCase(pending(), kLengthName);
  if (at == std::string_view::npos) {
    std::size_t keep = std::min(kLengthName.size() - 1, pending().size());
    consume(pending().size() - keep);
    return false;
  }
  consume(at);
  state_ = State::Header;
  return true;
}

Result<void> FrameDecoder::finish() const {
  if (state_ == State::Header && pending().empty()) return {};
  return fail(ErrorCode::Disconnected, "the stream ended in the middle of a message");
}

std::string encodeFrame(std::string_view body) {
  std::string frame = "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n";
  frame.append(body);
  return frame;
}

}  // namespace whyalive::rpc
