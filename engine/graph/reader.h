// Graph texts -> GraphSpec: names, variables, composites, replacements, links. Internal to the graph room.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "engine/graph/catalogue.h"
#include "engine/graph/chain.h"
#include "engine/graph/front.h"
#include "engine/graph/scope.h"

namespace sluice {

// What all texts of one load share.
struct Load {
  static constexpr std::size_t kDeepest = 16;       // composites within composites
  static constexpr std::size_t kMostNodes = 10000;  // and as many composites, and as many links per node

  Load(const Registry& of, const FrontOptions& front)
      : options(front),
        registry(of),
        catalogue(of, front.graph_path),
        replacements(front.replacements.begin(), front.replacements.end()) {}

  const FrontOptions& options;
  const Registry& registry;
  Catalogue catalogue;
  Report report;
  ExpansionBudget budget;
  GraphSpec spec;
  std::map<std::string, std::string> replacements;  // by flat name, until used
  std::vector<std::string> names;                   // flat names of all nodes and composites
  std::vector<std::string> files;                   // composites being read, outermost first
  bool overflowed = false;                          // too many nodes or links, which was reported

  const char* environment(const char* name) const;
  Status load_plugin(const std::string& file) const;
};

// A value for a variable, from outside of its text.
struct Given {
  Variable variable;
  Mark name_mark;
};

// Place of a byte of a text in the one-line form.
using Places = std::function<Mark(std::size_t offset)>;
// Places of a text of its own, such as that of -e.
Places places_in(std::string_view text, std::string file);

// Reads one graph text: the top graph, or a composite whose nodes get `prefix` before their names.
class GraphReader {
 public:
  GraphReader(Load& load, std::string prefix, std::string folder, std::string user)
      : load_(load), prefix_(std::move(prefix)), folder_(std::move(folder)), user_(std::move(user)) {}

  // The whole text of a file. `user_` names the graph or node in messages about its variables.
  void read(const Document& document, std::map<std::string, Given> given);
  // Only a top graph has these.
  void read_heading(const Document& document);
  // The one-line form; each of `given` is a variable.
  void read_line(std::string_view text, const std::string& file, const std::map<std::string, Given>& given);

  std::vector<OpenPort> take_open_ports() { return std::move(open_); }

 private:
  // A node as a text declares it.
  struct Declaration {
    std::string name, type, use;
    Mark mark, type_mark;
    std::vector<ParamSpec> params;  // substituted
    Placement placement;
  };

  // What a name of this text stands for.
  struct LocalNode {
    std::string flat, type;  // a plain node
    bool composite = false;
    std::vector<OpenPort> ports;   // a composite's
    std::vector<LocalNode> chain;  // a replacement's first and last node
    bool replaced = false;         // ports it does not have fall back to its only ones
    bool broken = false;           // was reported
    Mark mark;                     // of the name
    std::set<std::string> used;    // ports of a composite that links or an `expose` lead to
  };

  // One end of a link of this text.
  struct Reference {
    std::string local, port;
    Mark mark;
    bool broken = false;
  };

  struct LinkOptions {
    std::optional<Overload> on_overrun;
    bool cut = false;
  };

  // reader.cpp: the parts of a text
  void read_variables(const Document& document, std::map<std::string, Given> given);
  void define(const Document& document, const Entry& entry, const std::map<std::string, Given>& given);
  void read_plugins(const Document& document, const Value& plugins);
  void read_plugin(const Document& document, const Value& file);
  void read_nodes(const Document& document, const Value& nodes);
  void read_links(const Document& document, const Value& links);
  void read_link(const Document& document, const Value& link);
  void read_expose(const Document& document, const Value& expose);
  void read_latency(const Document& document, const Value& latency);
  std::optional<Substituted> scalar(const Document& document, const Value& value, std::string_view what);
  std::optional<bool> yes_or_no(const Document& document, const Value& value, std::string_view what);
  std::optional<bool> yes_or_no(const Substituted& value, std::string_view what);
  std::optional<Overload> overload(const Document& document, const Value& value);

  // reader_nodes.cpp: declarations
  void read_node(const Document& document, const Entry& entry);
  void read_node_key(const Document& document, const Entry& entry, Declaration& declaration);
  void read_short_node(const Document& document, const Value& value, Declaration& declaration);
  void take_element(const Element& element, const Places& places, Declaration& declaration);
  std::string first_parameter(const Declaration& declaration);
  std::optional<std::string> composite_file(const Declaration& declaration);
  void declare(Declaration declaration);
  LocalNode make_node(Declaration declaration);
  LocalNode make_plain(Declaration declaration);
  LocalNode make_composite(Declaration declaration, const std::string& file);
  void place(const std::string& key, const Substituted& value, Placement& placement);
  void place_composite(const LocalNode& composite, const std::string& prefix, const Placement& placement);
  LocalNode make_replacement(const Declaration& declaration, const std::string& chain);
  bool enter(const std::string& file, const Mark& mark);
  bool room_for_one_more(const Mark& mark);

  // reader_links.cpp: names, chains, ports
  std::vector<std::vector<Reference>> read_chains(const Chains& chains, const Places& places);
  Reference read_element(const Element& element, const Places& places, const std::vector<Reference>& before);
  std::optional<Reference> known_node(const Element& element, const Places& places,
                                      const std::vector<Reference>& before);
  Reference inline_node(const Element& element, const Places& places);
  std::string fresh_name(const std::string& word);
  bool is_known(const std::string& name) const { return locals_.contains(name) || promised_.contains(name); }
  bool has_port(const LocalNode& local, const std::string& port, bool input);
  void link(const std::vector<std::vector<Reference>>& chains, const LinkOptions& options);
  void link(const Reference& from, const Reference& to, const LinkOptions& options);
  std::vector<Endpoint> ends(const Reference& reference, bool input);
  std::vector<Endpoint> ends(LocalNode& local, const Reference& reference, bool input);
  void check_composites_connected();
  bool is_optional(const Endpoint& end, bool input);
  void expose(const Document& document, const Entry& entry);
  std::optional<bool> direction(const Reference& reference, const std::string& exposed_as);
  std::vector<std::string> local_names() const;

  Load& load_;
  std::string prefix_, folder_, user_;
  Scope scope_;
  std::map<std::string, LocalNode> locals_;
  std::set<std::string> promised_;               // names that chains give, declared or not yet
  std::map<std::string, std::size_t> numbered_;  // last number of each generated name
  std::vector<OpenPort> open_;
};

}  // namespace sluice
