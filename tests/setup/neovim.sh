#!/usr/bin/env bash
# Puts Neovim 0.12 or newer (the first with inline completion) into the folder $1; afterwards $1/bin/nvim runs.
# Takes no time when it is there already. See debian.sh for where it comes from.

. "$(dirname "${BASH_SOURCE[0]}")/debian.sh"
[ $# = 1 ] || fail "usage: neovim.sh FOLDER"

build() {
  local temp=$1 final=$2
  unpack "$temp" neovim patchelf
  own_libraries "$temp" "$final" "$temp/root/usr/bin/nvim"
  mkdir "$temp/bin"
  # The program looks for its runtime files where Debian would have installed it.
  printf '#!/bin/sh\nVIM="%s" exec "%s" "$@"\n' "$final/root/usr/share/nvim" "$final/root/usr/bin/nvim" > "$temp/bin/nvim"
  chmod 755 "$temp/bin/nvim"
}

install_into "$1" bin/nvim build
