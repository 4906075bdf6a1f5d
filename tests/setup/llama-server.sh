#!/usr/bin/env bash
# Puts llama.cpp's llama-server into the folder $1; afterwards $1/bin/llama-server runs.
# Takes no time when it is there already. See debian.sh for where it comes from.

. "$(dirname "${BASH_SOURCE[0]}")/debian.sh"
[ $# = 1 ] || fail "usage: llama-server.sh FOLDER"

build() {
  local temp=$1 final=$2 libraries
  unpack "$temp" llama.cpp-tools patchelf
  mkdir "$temp/bin"
  # A copy, since the libraries that compute are looked for beside the program.
  cp "$temp/root/usr/bin/llama-server" "$temp/bin/llama-server"
  mapfile -t libraries < <(find "$temp/root/usr/lib" -type f \
    \( -path '*/llama/*.so*' -o -name 'libllama*.so*' -o -name 'libggml*.so*' -o -name 'libmtmd*.so*' \))
  own_libraries "$temp" "$final" "$temp/bin/llama-server" "${libraries[@]}"
  local library
  while read -r library; do
    ln -s "../${library#"$temp/"}" "$temp/bin/"
  done < <(find "$temp/root/usr/lib" -type f -name 'libggml-cpu*.so')
  rm -rf "$temp/root/usr/share"
}

install_into "$1" bin/llama-server build
