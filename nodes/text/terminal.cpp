// Live captions on a terminal. Where standard output is none (a pipe, a file) it gets the finals alone, a line each.
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>

#include "engine/node/node.h"
#include "nodes/text/kernels/caption_screen.h"
#include "nodes/text/kernels/characters.h"
#include "nodes/text/utterances.h"

namespace sluice::text {
namespace {

constexpr int kUsualColumns = 80;

class TerminalCaptions final : public Node {
 public:
  In<Text<"transcript">> in{*this, "in", "what a recogniser says"};
  Param<int> columns{
      *this, "columns", {.default_value = 0, .min = 0, .max = 1000, .doc = "width to use; 0: the terminal's"}};
  Param<std::string> partials{*this,
                              "partials",
                              {.default_value = "auto",
                               .choices = {"auto", "show", "hide"},
                               .doc = "what is not final yet; auto: where standard output is a terminal"}};
  Utterances utterances{*this};
  Counter finals{*this, "finals", "utterances shown"};

  Traits traits() const override { return {.realtime = false}; }
  Status configure() override { return {}; }

  Status prepare() override {
    std::signal(SIGPIPE, SIG_IGN);  // a reader that goes away is an error of write(), not the end of the process
    rewrites_ = partials.is("show") || (partials.is("auto") && ::isatty(STDOUT_FILENO));
    return {};
  }

  void process() REALTIME override {
    while (const BlockRef block = in.next()) {
      const auto event = utterances.read(*block);
      if (!event) continue;
      if (utterances.ends(*event))
        show_final(*event);
      else if (rewrites_ && event->kind == Transcript::Kind::partial)
        write(screen_.partial(event->text, event->stable_words, width()));
    }
  }

  void flush() REALTIME override {
    if (rewrites_) write(screen_.finish());
  }

 private:
  void show_final(const Transcript& event) {
    if (rewrites_)
      write(screen_.final(event.text, width()));
    else if (!event.text.empty())
      write(printable(event.text) + '\n');
    if (!event.text.empty()) finals.add();
  }

  int width() const {
    winsize size{};
    if (columns > 0) return columns;
    return ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 1 ? size.ws_col : kUsualColumns;
  }

  void write(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t count = ::write(STDOUT_FILENO, bytes.data(), bytes.size());
      if (count < 0 && (errno == EINTR || errno == EAGAIN)) continue;
      if (count < 0) return fail(errno == EPIPE ? "nobody reads the captions any more" : std::strerror(errno));
      bytes.remove_prefix(static_cast<std::size_t>(count));
    }
  }

  CaptionScreen screen_;
  bool rewrites_ = false;
};

}  // namespace

REGISTER_NODE(TerminalCaptions, "text.terminal", "live captions on the terminal")

}  // namespace sluice::text
