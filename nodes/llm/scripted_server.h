// For tests: an HTTP server over loopback that says exactly what its script says, one connection after another.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace sluice::llm {

// What it does with a connection once it has read the request.
struct Script {
  std::vector<std::string> sends;      // one write each
  bool stalls = false;                 // then keeps the connection open, and silent
  std::chrono::milliseconds pause{0};  // after each write
};

class ScriptedServer {
 public:
  explicit ScriptedServer(std::vector<Script> scripts) : scripts_(std::move(scripts)) {
    listener_ = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ::bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof address);
    ::listen(listener_, 8);
    socklen_t length = sizeof address;
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &length);
    port_ = ntohs(address.sin_port);
    thread_ = std::jthread([this] { serve(); });
  }
  ~ScriptedServer() {
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
    for (const int connection : open_) ::close(connection);
  }

  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  // Whole, with their headers.
  std::vector<std::string> requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }

 private:
  void serve() {
    for (const Script& script : scripts_) {
      const int connection = ::accept(listener_, nullptr, nullptr);
      if (connection < 0) return;
      {
        const std::lock_guard lock(mutex_);
        requests_.push_back({});
      }
      const std::string request = read_request(connection);
      {
        const std::lock_guard lock(mutex_);
        requests_.back() = request;
      }
      for (const std::string& text : script.sends) {
        if (::send(connection, text.data(), text.size(), MSG_NOSIGNAL) < 0) break;
        if (script.pause.count() > 0) std::this_thread::sleep_for(script.pause);  // it is what is tested
      }
      if (script.stalls)
        open_.push_back(connection);
      else
        ::close(connection);
    }
  }

  static std::string read_request(int connection) {
    std::string request;
    std::size_t whole = std::string::npos;
    char piece[4096];
    while (request.size() < whole) {
      const ssize_t got = ::recv(connection, piece, sizeof piece, 0);
      if (got <= 0) break;
      request.append(piece, static_cast<std::size_t>(got));
      const auto head = request.find("\r\n\r\n");
      const auto length = request.find("Content-Length: ");
      if (head != std::string::npos && length != std::string::npos)
        whole = head + 4 + std::stoul(request.substr(length + 16));
    }
    return request;
  }

  const std::vector<Script> scripts_;
  int listener_ = -1;
  int port_ = 0;
  std::vector<int> open_;  // that stall
  mutable std::mutex mutex_;
  std::vector<std::string> requests_;
  std::jthread thread_;
};

// An answer in chunks of the API, streamed.
inline std::string event(std::string_view content) {
  return R"(data: {"choices":[{"delta":{"content":")" + std::string(content) + "\"},\"finish_reason\":null}]}\n\n";
}
inline constexpr std::string_view kStreamHead = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n";
inline constexpr std::string_view kDone = "data: [DONE]\n\n";
inline std::string refusal(std::string_view status, std::string_view headers, std::string_view body) {
  return "HTTP/1.1 " + std::string(status) + "\r\n" + std::string(headers) +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

}  // namespace sluice::llm
