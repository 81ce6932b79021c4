#include "nodes/net/listener.h"

#include <algorithm>
#include <array>
#include <boost/asio/buffer.hpp>
#include <utility>

#include "nodes/net/kernels/icy.h"

namespace sluice::net {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {
// A listener has nothing to say after its request; one that keeps talking is not a listener.
constexpr std::size_t kMaxReceived = 64 * 1024;
constexpr std::size_t kSmallBuffer = 1024;  // a larger staging buffer is given back once sent
}  // namespace

Listener::Listener(asio::ip::tcp::socket socket, Broadcast& broadcast, std::string_view head, Duration burst, bool icy)
    : socket_(std::move(socket)),
      broadcast_(broadcast),
      staged_(head.begin(), head.end()),
      burst_(burst),
      max_age_(burst + broadcast.mount().config().max_lag),
      icy_(icy),
      until_metadata_(kIcyMetaInterval),
      last_progress_(std::chrono::steady_clock::now()) {}

void Listener::start() {
  watch_for_close();
  pump();
}

void Listener::pump() {
  if (closed()) return;
  skip_if_too_late();
  if (waiting_) return;
  do {
    if (!begun_ && staged_.empty()) begin();
    stage_metadata_if_due();
  } while (write_some());
}

void Listener::begin() {
  const auto entry = broadcast_.history().entry_point(burst_);
  if (!entry) {
    burst_ = max_age_;  // here before the stream: whatever comes first is for this listener too
    return;
  }
  stage_carriers(*entry);
  cursor_ = entry->play;
  burst_ = Duration::zero();
  begun_ = true;
}

// A listener that waits for a place in the stream holds nothing of it and cannot be late.
void Listener::skip_if_too_late() {
  const auto& history = broadcast_.history();
  if (!begun_ || (cursor_ >= history.tail() && history.age(cursor_) <= max_age_)) return;
  if (cursor_ >= history.tail()) stage_audio(cursor_, history.frame_boundary(cursor_));
  begun_ = false;
  broadcast_.mount().counters_.skips.fetch_add(1, std::memory_order_relaxed);
}

void Listener::stage_audio(StreamOffset from, StreamOffset to) {
  for (const auto piece : broadcast_.history().bytes(from, to)) stage_audio(piece);
}

void Listener::stage_carriers(const EntryPoint& entry) {
  std::vector<std::uint8_t> carriers;
  broadcast_.history().append_carriers(entry, carriers);
  stage_audio(carriers);
}

void Listener::stage_audio(std::span<const std::uint8_t> bytes) {
  while (!bytes.empty()) {
    stage_metadata_if_due();
    const auto part = bytes.first(icy_ ? std::min(bytes.size(), until_metadata_) : bytes.size());
    staged_.insert(staged_.end(), part.begin(), part.end());
    until_metadata_ -= icy_ ? part.size() : 0;
    bytes = bytes.subspan(part.size());
  }
}

void Listener::stage_metadata_if_due() {
  if (!icy_ || until_metadata_ > 0) return;
  auto title = broadcast_.mount().title();
  if (title == announced_title_) {
    staged_.push_back(0);
  } else {
    const auto block = icy_metadata_block(title);
    staged_.insert(staged_.end(), block.begin(), block.end());
    announced_title_ = std::move(title);
  }
  until_metadata_ = kIcyMetaInterval;
}

StreamOffset Listener::writable_end() const {
  if (!begun_) return cursor_;
  const auto head = broadcast_.history().head();
  return icy_ ? std::min<StreamOffset>(head, cursor_ + until_metadata_) : head;
}

bool Listener::write_some() {
  const auto [first, second] = broadcast_.history().bytes(cursor_, writable_end());
  const std::array buffers = {asio::const_buffer(staged_.data() + staged_sent_, staged_.size() - staged_sent_),
                              asio::const_buffer(first.data(), first.size()),
                              asio::const_buffer(second.data(), second.size())};
  const std::size_t size = asio::buffer_size(buffers);
  if (size == 0) return false;
  error_code error;
  const std::size_t written = socket_.write_some(buffers, error);
  if (error && error != asio::error::would_block) {
    close();
    return false;
  }
  consume(written);
  if (written < size) wait_until_writable();
  return written == size;
}

void Listener::consume(std::size_t bytes) {
  if (bytes == 0) return;
  last_progress_ = std::chrono::steady_clock::now();
  broadcast_.mount().counters_.bytes_sent.fetch_add(bytes, std::memory_order_relaxed);
  const std::size_t own = std::min(bytes, staged_.size() - staged_sent_);
  staged_sent_ += own;
  if (staged_sent_ == staged_.size()) {
    staged_.clear();
    staged_sent_ = 0;
    if (staged_.capacity() > kSmallBuffer) staged_.shrink_to_fit();
  }
  const std::size_t audio = bytes - own;
  if (icy_) until_metadata_ -= audio;
  cursor_ += audio;
  if (audio > 0) broadcast_.note_sent(cursor_);
}

void Listener::wait_until_writable() {
  waiting_ = true;
  socket_.async_wait(asio::ip::tcp::socket::wait_write, [self = shared_from_this()](error_code error) {
    self->waiting_ = false;
    if (!error) self->pump();
  });
}

void Listener::watch_for_close() {
  socket_.async_wait(asio::ip::tcp::socket::wait_read, [self = shared_from_this()](error_code error) {
    if (error || self->closed()) return;
    std::array<char, 1024> ignored;
    const std::size_t read = self->socket_.read_some(asio::buffer(ignored), error);
    self->received_ += read;
    if ((error && error != asio::error::would_block) || self->received_ > kMaxReceived) return self->close();
    self->watch_for_close();
  });
}

void Listener::close() {
  error_code ignored;
  socket_.shutdown(asio::ip::tcp::socket::shutdown_both, ignored);
  socket_.close(ignored);
}

}  // namespace sluice::net
