# ONNX Runtime and sherpa-onnx, which Debian 12 does not have: `tools/setup models` fetches headers, libraries and models.
# Only the headers matter here, since the libraries are loaded when a speech node starts. Without the headers the speech
# nodes are built all the same; then the error of one that is started says what to do.
if(DEFINED ENV{SLUICE_MODELS})
  set(models $ENV{SLUICE_MODELS})
else()
  set(models ${CMAKE_SOURCE_DIR}/build/models)
endif()
set(SLUICE_MODELS ${models} CACHE PATH "Folder that tools/setup models fills")

add_library(speech_headers INTERFACE)
target_compile_definitions(speech_headers INTERFACE SLUICE_MODELS_FOLDER="${SLUICE_MODELS}")
if(EXISTS ${SLUICE_MODELS}/include/onnxruntime/onnxruntime_c_api.h AND EXISTS ${SLUICE_MODELS}/include/sherpa-onnx/c-api/c-api.h)
  set(SLUICE_SPEECH ON)
  target_compile_definitions(speech_headers INTERFACE SLUICE_SPEECH)
  target_include_directories(speech_headers SYSTEM INTERFACE ${SLUICE_MODELS}/include)
else()
  set(SLUICE_SPEECH OFF)
  message(STATUS "Without speech recognition: ${SLUICE_MODELS} has no headers (tools/setup models fetches them)")
endif()

# llama.cpp in the same way.
if(EXISTS ${SLUICE_MODELS}/include/llama/llama.h)
  set(SLUICE_LLAMA ON)
else()
  set(SLUICE_LLAMA OFF)
endif()
