// The engine's version, the project's. Plug-ins are built for exactly one: inline code of its headers is part of them.
#pragma once

namespace sluice {

inline constexpr const char* kEngineVersion = "0.1.0";

}  // namespace sluice
