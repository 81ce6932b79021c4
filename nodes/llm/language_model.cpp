#include "nodes/llm/language_model.h"

namespace sluice::llm {

// English has some four bytes a token, Chinese two to three; a message has a few tokens around it.
int LanguageModel::count_tokens(const std::vector<ChatMessage>& messages) const {
  constexpr std::size_t kBytesPerToken = 3, kAroundAMessage = 8;
  std::size_t tokens = 0;
  for (const ChatMessage& message : messages) tokens += message.content.size() / kBytesPerToken + kAroundAMessage;
  return static_cast<int>(tokens);
}

}  // namespace sluice::llm
