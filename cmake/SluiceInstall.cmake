# cmake --install build [--prefix DIR]: the programs, the graphs they find beside them, the documents, and an example of a
# systemd unit. The programs look for graphs in <prefix>/share/sluice/graphs, next to their own bin/.
include(GNUInstallDirs)

# The programs are whatever apps/ made.
get_property(programs GLOBAL PROPERTY SLUICE_APPS)
if(programs)
  install(TARGETS ${programs} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endif()

add_subdirectory(${CMAKE_SOURCE_DIR}/packaging packaging)  # for the authors of plug-ins

install(DIRECTORY ${CMAKE_SOURCE_DIR}/graphs/ DESTINATION ${CMAKE_INSTALL_DATADIR}/sluice/graphs FILES_MATCHING PATTERN "*.yaml" PATTERN "*.ogg")

foreach(document README.md ARCHITECTURE.md LICENSE NOTICE)
  install(FILES ${CMAKE_SOURCE_DIR}/${document} DESTINATION ${CMAKE_INSTALL_DOCDIR} OPTIONAL)
endforeach()

install(FILES ${CMAKE_BINARY_DIR}/share/doc/sluice/nodes.md DESTINATION ${CMAKE_INSTALL_DOCDIR} OPTIONAL)

# The unit names the place that --prefix chose, so it is written while installing.
install(CODE "
  set(bindir \"\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_BINDIR}\")
  set(docdir \"\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_DATAROOTDIR}/doc/sluice\")
  configure_file(\"${CMAKE_SOURCE_DIR}/packaging/sluice-radio.service.in\" \"${CMAKE_BINARY_DIR}/packaging/sluice-radio.service\" @ONLY)")
install(FILES ${CMAKE_BINARY_DIR}/packaging/sluice-radio.service DESTINATION ${CMAKE_INSTALL_DOCDIR}/examples)
