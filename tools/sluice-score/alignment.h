// The cheapest way to make a hypothesis of a reference: which words are right, substituted, deleted, inserted.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace sluice::score {

struct Counts {
  std::size_t correct = 0, substitutions = 0, deletions = 0, insertions = 0;

  std::size_t reference() const { return correct + substitutions + deletions; }
  std::size_t errors() const { return substitutions + deletions + insertions; }
  // Errors per unit of the reference. Without a reference: 0 where there is no error, else 1.
  double rate() const;
  Counts& operator+=(const Counts& other);
  bool operator==(const Counts&) const = default;
};

enum class Edit : std::uint8_t { correct, substitution, deletion, insertion };

// Needs a byte for each pair of a reference's and a hypothesis's unit.
inline constexpr std::size_t kMaxPairs = std::size_t{1} << 31;

// Units (words, characters) are numbers that are equal where the units are. The costs are those of NIST's sclite:
// a substitution 4, an insertion or deletion 3; among equally cheap ways the one that sclite takes.
// Requires reference.size() * hypothesis.size() <= kMaxPairs.
std::vector<Edit> align(std::span<const std::uint32_t> reference, std::span<const std::uint32_t> hypothesis);

Counts count(std::span<const Edit> edits);

}  // namespace sluice::score
